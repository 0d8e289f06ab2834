//! Winograd's minimal filtering F(4x4, 3x3) for dense 3x3 convolutions of stride 1 (Lavin and Gray 2016): 36
//! products instead of 144 for every 4x4 outputs.
//!
//! The transforms cost accuracy: with the points 0, 1, -1, 2, -2 an output differs from the exact sum by at
//! most [`ERROR_BOUND`] times the sum of its products' magnitudes (observed: a tenth of that); an ordinary
//! `f32` sum differs by about 1e-6 of it.

mod filter;
mod run;
mod streamed;
mod tiles;
mod transform;

pub(super) use filter::WinogradFilter;
pub(super) use run::forward;
pub(super) use streamed::{forward as forward_streamed, pack as pack_streamed};

use super::{Algorithm, ConvShape};

/// Outputs per tile and axis.
const OUT: usize = 4;
/// Inputs per tile and axis.
const IN: usize = 6;
/// Weights of a filter per pair of channels.
const TAPS: usize = 9;
/// Products per tile; each is one matrix product over all tiles.
const FREQUENCIES: usize = IN * IN;

/// Upper bound on the error of an output, divided by the sum of the magnitudes of its products.
#[cfg(test)]
pub(super) const ERROR_BOUND: f64 = 1e-5;

/// True if F(4x4, 3x3) can compute this convolution.
pub(super) fn suits(shape: &ConvShape) -> bool {
    shape.kernel == [3; 2]
        && shape.geometry.stride == [1; 2]
        && shape.geometry.dilation == [1; 2]
        && shape.groups() == 1
}

/// Most inputs of all tiles (numbers) past which filters are streamed: half of a core's L2 cache.
const STREAMED: usize = 1 << 18;

/// Estimates the fastest algorithm of this convolution. Winograd saves products, but transforms its input and
/// output and either reads four times the weights or transforms them in each call, which does not pay for
/// small images.
pub(super) fn fastest(shape: &ConvShape) -> Algorithm {
    if !suits(shape) || shape.in_channels < 24 || shape.out_channels < 24 {
        return Algorithm::Direct;
    }
    // Estimated nanoseconds on one core: products at 150 GFLOP/s, activations in the cache at 20 GB/s,
    // weights from memory at 9 GB/s, a nanosecond to transform one weight.
    let weights = (shape.in_channels * shape.out_channels) as f64;
    let tiles = tiles::count(shape) as f64;
    let frequencies = FREQUENCIES as f64;
    let direct = weights * (2.0 * 9.0 * shape.rows() as f64 / 150.0 + 9.0 * 4.0 / 9.0);
    let products = weights * frequencies * 2.0 * tiles / 150.0;
    let transforms = tiles * frequencies * 8.0 * (shape.in_channels + shape.out_channels) as f64 / 20.0;
    let winograd = products + transforms + weights * frequencies * 4.0 / 9.0;
    let fits = tiles::count(shape) * FREQUENCIES * shape.in_channels <= STREAMED;
    let streamed = products + transforms + weights * (9.0 * 4.0 / 9.0 + 1.0);
    match () {
        () if fits && streamed < 0.9 * direct.min(winograd) => Algorithm::StreamedWinograd,
        () if winograd < 0.9 * direct => Algorithm::Winograd,
        () => Algorithm::Direct,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AxisPadding, ConvGeometry, Epilogue, Filter, Isa, conv2d_forward};

    #[test]
    fn the_error_stays_under_the_stated_bound() {
        let geometry = ConvGeometry { padding: [AxisPadding::even(1); 2], ..ConvGeometry::default() };
        for [height, width, inputs, outputs] in [[7, 9, 33, 20], [14, 14, 64, 40], [5, 4, 128, 17]] {
            let shape = ConvShape::new([1, height, width, inputs], outputs, [3; 2], geometry).unwrap();
            let number = |i: usize| (i as u32).wrapping_mul(2_654_435_761) as f32 / u32::MAX as f32 - 0.5;
            let x: Vec<f32> = (0..shape.input_len()).map(number).collect();
            let w: Vec<f32> = (0..shape.weight_len()).map(|i| number(i + 977)).collect();
            for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
                for algorithm in [Algorithm::Winograd, Algorithm::StreamedWinograd] {
                    let filter = Filter::pack_for(isa, algorithm, &shape, &w).unwrap();
                    let mut y = vec![0.0; shape.output_len()];
                    conv2d_forward(&shape, &x, &filter, &Epilogue::default(), &mut y).unwrap();
                    for (at, y) in y.iter().enumerate() {
                        let (pixel, o) = (at / outputs, at % outputs);
                        let (mut sum, mut magnitude) = (0.0f64, 0.0f64);
                        for tap in 0..9 {
                            let (row, column) = (pixel / width + tap / 3, pixel % width + tap % 3);
                            if (1..=height).contains(&row) && (1..=width).contains(&column) {
                                for c in 0..inputs {
                                    let pixel = (row - 1) * width + column - 1;
                                    let product = f64::from(x[pixel * inputs + c])
                                        * f64::from(w[(o * inputs + c) * 9 + tap]);
                                    (sum, magnitude) = (sum + product, magnitude + product.abs());
                                }
                            }
                        }
                        assert!(
                            (sum - f64::from(*y)).abs() <= ERROR_BOUND * magnitude,
                            "{isa:?} {algorithm:?}: {y} for {sum}"
                        );
                    }
                }
            }
        }
    }
}
