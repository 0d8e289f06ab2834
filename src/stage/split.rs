//! Split of the training images into training and held-out images.

use std::ops::Range;

use rand::seq::SliceRandom as _;

use camlab_base::random::stream;

/// Ascending indices of the images to train on and of the held-out ones: the first row of each, whose rows are `images`
/// ([`camlab_data::image_rows`]). An image with several labels is on one side with all of them. `fraction` of them are
/// held out, at least one and never all. The draw depends on the cell's seed only, so that all networks of a cell are
/// evaluated on the same images.
pub fn split(images: &[Range<usize>], fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let count = images.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, "validation"));
    let held = ((count as f64 * fraction).round() as usize).clamp(1, count.saturating_sub(1).max(1));
    let train = order.split_off(held.min(count));
    let rows = |mut chosen: Vec<usize>| -> Vec<usize> {
        chosen.sort_unstable();
        chosen.into_iter().map(|image| images[image].start).collect()
    };
    (rows(train), rows(order))
}

/// The first row of every image: what a network is trained on, each image once with all its labels.
pub fn first_rows(images: &[Range<usize>]) -> Vec<usize> {
    images.iter().map(|rows| rows.start).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_image_is_on_one_side(count in 2usize..400, fraction in 0.001f64..0.999, seed: u64) {
            let alone: Vec<Range<usize>> = (0..count).map(|image| image..image + 1).collect();
            let (train, held) = split(&alone, fraction, seed);
            let mut all = [train.clone(), held.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
            prop_assert!(!train.is_empty() && !held.is_empty());
            prop_assert!((held.len() as f64 - count as f64 * fraction).abs() <= 1.0);
            prop_assert_eq!(split(&alone, fraction, seed), (train.clone(), held.clone()));
            // Images with two rows each are split in the same way, by their first rows.
            let paired: Vec<Range<usize>> = (0..count).map(|image| 2 * image..2 * image + 2).collect();
            let firsts = |rows: Vec<usize>| rows.into_iter().map(|row| 2 * row).collect::<Vec<_>>();
            prop_assert_eq!(split(&paired, fraction, seed), (firsts(train), firsts(held)));
        }
    }
}
