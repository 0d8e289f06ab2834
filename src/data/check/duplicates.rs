//! Images with the same content, and images that look alike.

use rayon::prelude::*;

use super::near::NearIndex;

/// Hashes of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageHashes {
    /// Hash of the content.
    pub(super) content: [u8; 16],
    /// Perceptual hash; `None` for an image without structure.
    pub(super) perceptual: Option<u64>,
    /// Position of the image in all splits, one after the other.
    pub(super) position: u32,
}

/// An image with an earlier one that is equal or alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ImagePair {
    /// Position of the image.
    pub(super) position: u32,
    /// Position of the other, which is earlier.
    pub(super) earlier: u32,
    /// Hamming distance of the perceptual hashes in bits; 0 for equal content.
    pub(super) distance: u32,
}

/// Images whose content an earlier image has, by position: the first of the same split, and the first of all if it is in
/// another split. `split_of` gives the split of a position and grows with it.
pub(super) fn equal(hashes: &mut [ImageHashes], split_of: impl Fn(u32) -> usize) -> Vec<ImagePair> {
    hashes.sort_unstable_by_key(|image| (image.content, image.position));
    let mut found = Vec::new();
    for group in hashes.chunk_by(|a, b| a.content == b.content) {
        let Some(first) = group.first() else { continue };
        for split in group.chunk_by(|a, b| split_of(a.position) == split_of(b.position)) {
            let Some(own) = split.first() else { continue };
            let pair = |position, earlier| ImagePair { position, earlier, distance: 0 };
            if split_of(own.position) != split_of(first.position) {
                found.extend(split.iter().map(|image| pair(image.position, first.position)));
            }
            found.extend(split[1..].iter().map(|image| pair(image.position, own.position)));
        }
    }
    found.sort_unstable();
    found
}

/// Images that look like an earlier image of other content, by position: the most similar one of the same split, and the
/// most similar one of earlier splits; the first of several. Of images with equal content in one split, only the first takes part.
/// Sorts the hashes.
pub(super) fn alike(
    hashes: &mut [ImageHashes],
    distance: u32,
    split_of: impl Fn(u32) -> usize + Sync,
) -> Vec<ImagePair> {
    hashes.sort_unstable_by_key(|image| (image.content, image.position));
    // The first of its content in its split, sorted by perceptual hash.
    let mut entries: Vec<(u64, u32, u32)> = Vec::new();
    for (content, group) in hashes.chunk_by(|a, b| a.content == b.content).enumerate() {
        for split in group.chunk_by(|a, b| split_of(a.position) == split_of(b.position)) {
            let first =
                split.first().and_then(|first| Some((first.perceptual?, first.position, content as u32)));
            entries.extend(first);
        }
    }
    entries.sort_unstable();
    let groups: Vec<&[(u64, u32, u32)]> = entries.chunk_by(|a, b| a.0 == b.0).collect();
    let values: Vec<u64> = groups.iter().filter_map(|group| group.first()).map(|entry| entry.0).collect();
    let index = NearIndex::new(&values, distance);
    let found = groups.par_iter().zip(&values).map(|(group, value)| {
        let mut near = Vec::new();
        index.within(*value, |place, distance| near.push((distance, place)));
        near.sort_unstable();
        let mut pairs = Vec::new();
        for (_, position, content) in *group {
            let own = split_of(*position);
            let mut best: [Option<(u32, u32)>; 2] = [None; 2];
            for (distance, place) in &near {
                for split in groups[*place].chunk_by(|a, b| split_of(a.1) == split_of(b.1)) {
                    // Contents differ within a split: the first or the second entry is another image.
                    let other = split.iter().take(2).find(|other| other.2 != *content);
                    let Some((_, earlier, _)) = other.filter(|other| other.1 < *position) else { continue };
                    let best = &mut best[usize::from(split_of(*earlier) != own)];
                    *best = Some(best.map_or((*distance, *earlier), |best| best.min((*distance, *earlier))));
                }
            }
            pairs.extend(best.into_iter().flatten().map(|(distance, earlier)| ImagePair {
                position: *position,
                earlier,
                distance,
            }));
        }
        pairs
    });
    let mut found: Vec<ImagePair> = found.flatten_iter().collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn images(list: &[(u8, u64)]) -> Vec<ImageHashes> {
        let image = |(position, (content, perceptual)): (usize, &(u8, u64))| ImageHashes {
            content: [*content; 16],
            // Equal contents look equal.
            perceptual: (*content != 9).then_some(*perceptual ^ u64::from(*content) << 40),
            position: position as u32,
        };
        list.iter().enumerate().map(image).collect()
    }

    /// The same by comparing all pairs.
    fn alike_of_all(all: &[ImageHashes], distance: u32, split_of: impl Fn(u32) -> usize) -> Vec<ImagePair> {
        let first = |image: &&ImageHashes| {
            !all.iter().any(|other| {
                other.content == image.content
                    && other.position < image.position
                    && split_of(other.position) == split_of(image.position)
            })
        };
        let entries: Vec<&ImageHashes> = all.iter().filter(first).collect();
        let mut found = Vec::new();
        for image in &entries {
            let mut best: [Option<(u32, u32)>; 2] = [None; 2];
            for other in &entries {
                let (Some(a), Some(b)) = (image.perceptual, other.perceptual) else { continue };
                let far = (a ^ b).count_ones();
                if other.position < image.position && other.content != image.content && far <= distance {
                    let best = &mut best[usize::from(split_of(other.position) != split_of(image.position))];
                    let new = (far, other.position);
                    *best = Some(best.map_or(new, |best| best.min(new)));
                }
            }
            found.extend(best.into_iter().flatten().map(|(distance, earlier)| ImagePair {
                position: image.position,
                earlier,
                distance,
            }));
        }
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn alike_images_are_those_that_comparing_all_pairs_finds(
            list in proptest::collection::vec((0_u8..30, 0_u64..64), 1..60),
            distance in 0_u32..6,
            cuts in (0_u32..60, 0_u32..60),
        ) {
            let split_of = |position: u32| {
                usize::from(position >= cuts.0.min(cuts.1)) + usize::from(position >= cuts.0.max(cuts.1))
            };
            let mut all = images(&list);
            // One perceptual hash per content, as files have.
            for place in 0..all.len() {
                let content = all[place].content;
                all[place].perceptual = all.iter().find(|image| image.content == content).unwrap().perceptual;
            }
            let expected = alike_of_all(&all, distance, split_of);
            prop_assert_eq!(alike(&mut all, distance, split_of), expected);
        }
    }

    #[test]
    fn equal_images_are_told_within_and_between_splits() {
        let mut all = images(&[(1, 0), (2, 0), (1, 0), (1, 0), (3, 0), (1, 0)]);
        let found = equal(&mut all, |position| usize::from(position >= 3));
        let pair = |position, earlier| ImagePair { position, earlier, distance: 0 };
        assert_eq!(found, [pair(2, 0), pair(3, 0), pair(5, 0), pair(5, 3)]);
    }
}
