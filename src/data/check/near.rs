//! Search for hashes within a Hamming distance, without comparing all pairs.

/// Number of parts that a hash is split into.
const BANDS: usize = 4;
/// Number of values of a part of 16 bits.
const VALUES: usize = 1 << 16;
/// The largest distance of the search for near duplicates, in bits.
pub const MAX_DISTANCE: u32 = 11;

/// An index of 64-bit hashes by their four parts of 16 bits (multi-index hashing, Norouzi et al., CVPR 2012): of two
/// hashes within a distance `r`, one part at least is within `r / 4`, rounded down. Memory: 16 bytes per hash and 1 MB.
pub(super) struct NearIndex<'a> {
    hashes: &'a [u64],
    bands: Vec<HashBand>,
    /// Differences of a part that are looked up.
    probes: Vec<u16>,
    /// Bits of a part that may differ.
    flips: u32,
    distance: u32,
}

/// Places of the hashes, sorted by one part.
struct HashBand {
    /// First place of each value of the part.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl<'a> NearIndex<'a> {
    /// Index for searches within `distance` bits, at most [`MAX_DISTANCE`].
    pub(super) fn new(hashes: &'a [u64], distance: u32) -> Self {
        let distance = distance.min(MAX_DISTANCE);
        let flips = distance / BANDS as u32;
        let bands = (0..BANDS).map(|band| HashBand::new(hashes, band)).collect();
        let probes = (0..=u16::MAX).filter(|bits| bits.count_ones() <= flips).collect();
        Self { hashes, bands, probes, flips, distance }
    }

    /// Calls `found` with the place and the distance of every hash within the distance, each once, in no
    /// particular order; the hash itself included if it is in the index.
    pub(super) fn within(&self, hash: u64, mut found: impl FnMut(usize, u32)) {
        for (band, HashBand { starts, places }) in self.bands.iter().enumerate() {
            for probe in &self.probes {
                let value = usize::from(part(hash, band) ^ probe);
                let (Some(start), Some(end)) = (starts.get(value), starts.get(value + 1)) else { continue };
                for place in places.get(*start as usize..*end as usize).unwrap_or_default() {
                    let Some(other) = self.hashes.get(*place as usize) else { continue };
                    let difference = hash ^ other;
                    // What an earlier part has led to was found there.
                    let earlier = |earlier: usize| part(difference, earlier).count_ones() <= self.flips;
                    let distance = difference.count_ones();
                    if distance <= self.distance && !(0..band).any(earlier) {
                        found(*place as usize, distance);
                    }
                }
            }
        }
    }
}

impl HashBand {
    fn new(hashes: &[u64], band: usize) -> Self {
        let mut starts = vec![0_u32; VALUES + 1];
        for hash in hashes {
            starts[usize::from(part(*hash, band)) + 1] += 1;
        }
        for value in 0..VALUES {
            starts[value + 1] += starts[value];
        }
        let mut next = starts.clone();
        let mut places = vec![0; hashes.len()];
        for (place, hash) in hashes.iter().enumerate() {
            let next = &mut next[usize::from(part(*hash, band))];
            places[*next as usize] = place as u32;
            *next += 1;
        }
        Self { starts, places }
    }
}

fn part(hash: u64, band: usize) -> u16 {
    (hash >> (16 * band)) as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hashes of which many are near to others.
    fn hashes() -> impl Strategy<Value = Vec<u64>> {
        let near = (0_usize..4, proptest::collection::vec(0_u32..64, 0..14));
        (proptest::collection::vec(any::<u64>(), 4), proptest::collection::vec(near, 1..120)).prop_map(
            |(centres, near)| {
                let turned = |(centre, bits): (usize, Vec<u32>)| {
                    bits.iter().fold(centres[centre], |hash, bit| hash ^ 1 << bit)
                };
                near.into_iter().map(turned).collect()
            },
        )
    }

    proptest! {
        #[test]
        fn the_index_finds_what_comparing_all_pairs_finds(hashes in hashes(), distance in 0..=MAX_DISTANCE) {
            let index = NearIndex::new(&hashes, distance);
            for hash in &hashes {
                let mut found = Vec::new();
                index.within(*hash, |place, distance| found.push((place, distance)));
                found.sort_unstable();
                let all = hashes.iter().map(|other| (hash ^ other).count_ones()).enumerate();
                let expected: Vec<_> = all.filter(|(_, found)| *found <= distance).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
