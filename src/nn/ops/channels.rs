//! Per-channel reductions over `[n, c, h, w]`: parallel over channels, each sum in one order.

use rayon::prelude::*;

/// What `of` computes for every channel, in parallel.
pub(super) fn per_channel<T: Send>(channels: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..channels).into_par_iter().map(of).collect()
}

/// The planes of `channel`, image by image.
pub(super) fn planes(
    data: &[f32],
    channels: usize,
    pixels: usize,
    channel: usize,
) -> impl Iterator<Item = &[f32]> {
    data.chunks_exact(pixels).skip(channel).step_by(channels)
}

/// Sum in `f64` of `term(left, right)` over pairs: eight running sums, which vectorise, added in order.
pub(super) fn sum_pairs(left: &[f32], right: &[f32], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = [0.0f64; 8];
    let (left, right) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest = left.remainder().iter().zip(right.remainder());
    let rest: f64 = rest.map(|(&a, &b)| term(a.into(), b.into())).sum();
    for (left, right) in left.zip(right) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(left).zip(right) {
            *lane += term(a.into(), b.into());
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Sum in `f64`, in the order of [`sum_pairs`].
pub(super) fn sum(values: &[f32]) -> f64 {
    sum_pairs(values, values, |value, _| value)
}
