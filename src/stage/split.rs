//! Split of the training images into training and held-out images.

use rand::seq::SliceRandom as _;

use camlab_base::random::stream;

/// Ascending positions of the images to train on and of the held-out ones, out of `count`. `fraction` of them are
/// held out, at least one and never all. The draw depends on the cell's seed only, so that all networks of a cell are
/// evaluated on the same images.
pub fn split(count: usize, fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, "validation"));
    let held = ((count as f64 * fraction).round() as usize).clamp(1, count.saturating_sub(1).max(1));
    let mut train = order.split_off(held.min(count));
    train.sort_unstable();
    order.sort_unstable();
    (train, order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::split;

    proptest! {
        #[test]
        fn every_image_is_on_one_side(count in 2usize..400, fraction in 0.001f64..0.999, seed: u64) {
            let (train, held) = split(count, fraction, seed);
            let mut all = [train.clone(), held.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
            prop_assert!(!train.is_empty() && !held.is_empty());
            prop_assert!((held.len() as f64 - count as f64 * fraction).abs() <= 1.0);
            prop_assert_eq!(split(count, fraction, seed), (train, held));
        }
    }
}
