//! Seeded random streams: one per purpose, so that a draw more in one place moves nothing elsewhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The random stream `name` of an experiment's `seed`: ChaCha8, keyed with BLAKE3 over the seed (8 bytes,
/// little-endian) and the name. The same on every machine.
pub fn stream(seed: u64, name: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn streams_repeat_and_differ() {
        let first = |seed, name| stream(seed, name).next_u64();
        assert_eq!(first(1, "bootstrap"), first(1, "bootstrap"));
        assert_ne!(first(1, "bootstrap"), first(2, "bootstrap"));
        assert_ne!(first(1, "bootstrap"), first(1, "shuffle"));
    }
}
