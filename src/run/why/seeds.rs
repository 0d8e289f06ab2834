//! Seeds of stages: most are derived from the seed of the cell and the name of a random stream.

use camlab_base::random::derive;

/// Largest seed of a cell that is tried, and number of streams of one method.
const TRIED: u64 = 1000;
const STREAMS: usize = 16;

/// The change that another derived seed comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SeedChange {
    /// The cell had another seed.
    Seed {
        /// The seed before.
        old: u64,
        /// The seed now.
        new: u64,
    },
    /// The table had another random stream: by its key `stream`, or by its place among those of its method.
    Stream {
        /// The stream before.
        old: String,
        /// The stream now.
        new: String,
    },
}

/// The change from `old` to the seed that is derived from the cell's seed and `used/stream`; `None` if neither a seed from
/// 0 on nor a default stream gives `old`. `methods` are the names that default streams begin with.
pub(super) fn derived(old: u64, seed: u64, used: &str, stream: &str, methods: &[&str]) -> Option<SeedChange> {
    let name = |stream: &str| format!("{used}/{stream}");
    let same = name(stream);
    if let Some(before) = (0..TRIED).find(|seed| derive(*seed, &same) == old) {
        return Some(SeedChange::Seed { old: before, new: seed });
    }
    let of_method =
        |method: &&str| (0..STREAMS).map(|number| format!("{method}/{number}")).collect::<Vec<_>>();
    let before = methods.iter().flat_map(of_method).find(|other| derive(seed, &name(other)) == old)?;
    Some(SeedChange::Stream { old: before, new: stream.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_seed_is_traced_to_the_seed_or_the_stream() {
        let of = |seed: u64, stream: &str| derive(seed, &format!("init/{stream}"));
        let found = |old: u64, stream: &str| derived(old, 7, "init", stream, &["b", "a"]);
        assert_eq!(found(of(3, "a/0"), "a/0"), Some(SeedChange::Seed { old: 3, new: 7 }));
        let (old, new) = ("a/0".to_owned(), "mine".to_owned());
        assert_eq!(found(of(7, "a/0"), "mine"), Some(SeedChange::Stream { old, new }));
        assert_eq!(found(12345, "a/1"), None);
    }
}
