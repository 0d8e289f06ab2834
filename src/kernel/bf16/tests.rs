//! The bf16 kernels compared with plain `f64` sums of the same rounded numbers.

use half::bf16;
use proptest::prelude::*;

use super::unit::with_unit;
use super::*;
use crate::{
    AxisPadding, ConvGeometry, ConvShape, OutputRange, PoolGeometry, PoolShape, Residual, with_team,
};

/// Runs `test` with every kind of bf16 instructions that this machine has; prints those that are skipped.
fn with_every_unit(test: impl Fn(Bf16Unit)) {
    for unit in Bf16Unit::ALL {
        match unit.is_available() {
            true => with_unit(unit, || test(unit)),
            false => println!("skipped: this machine has no {}", unit.name()),
        }
    }
}

/// Pseudo-random numbers in (-0.5, 0.5), determined by the seed.
fn numbers(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (f64::from(state) / f64::from(u32::MAX) - 0.5) as f32
    };
    (0..len).map(|_| next()).collect()
}

fn rounded(len: usize, seed: u32) -> Vec<bf16> {
    numbers(len, seed).into_iter().map(bf16::from_f32).collect()
}

/// A convolution and its operands.
#[derive(Debug)]
struct ConvCase {
    shape: ConvShape,
    input: Vec<bf16>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    residual: Option<Vec<bf16>>,
    range: OutputRange,
}

impl ConvCase {
    fn new(shape: ConvShape, residual: bool, range: OutputRange) -> Self {
        Self {
            shape,
            input: rounded(shape.input_len(), 1),
            weight: numbers(shape.weight_len(), 2),
            bias: numbers(shape.out_channels, 3),
            residual: residual.then(|| rounded(shape.output_len(), 4)),
            range,
        }
    }

    fn run(&self) -> Vec<bf16> {
        let filter = Bf16Filter::pack(&self.shape, &self.weight).unwrap();
        let residual = self.residual.as_deref().map_or(Residual::None, Residual::Of);
        let epilogue = Bf16Epilogue { bias: Some(&self.bias), residual, range: self.range };
        let mut output = vec![bf16::NAN; self.shape.output_len()];
        conv2d_forward_bf16(&self.shape, &filter, &self.input, &epilogue, &mut output).unwrap();
        output
    }

    /// Every output in `f64`, and 1 plus the sum of its products' magnitudes.
    fn exact(&self) -> Vec<(f64, f64)> {
        let ConvShape { in_channels: channels, in_size: [height, width], .. } = self.shape;
        let ConvShape { kernel: [high, wide], out_size: [out_height, out_width], geometry, .. } = self.shape;
        let mut all = Vec::with_capacity(self.shape.output_len());
        for at in 0..self.shape.output_len() {
            let (pixel, filter) = (at / self.shape.out_channels, at % self.shape.out_channels);
            let (row, x) = (pixel / out_width, pixel % out_width);
            let (image, y) = (row / out_height, row % out_height);
            let (mut sum, mut size) = (f64::from(self.bias[filter]), 1.0);
            for (tap_y, tap_x) in (0..high).flat_map(|y| (0..wide).map(move |x| (y, x))) {
                let y = (y * geometry.stride[0] + tap_y * geometry.dilation[0])
                    .wrapping_sub(geometry.padding[0].before);
                let x = (x * geometry.stride[1] + tap_x * geometry.dilation[1])
                    .wrapping_sub(geometry.padding[1].before);
                if y >= height || x >= width {
                    continue;
                }
                for channel in 0..channels {
                    let input = self.input[((image * height + y) * width + x) * channels + channel];
                    let weight = self.weight[((filter * channels + channel) * high + tap_y) * wide + tap_x];
                    let product = input.to_f64() * bf16::from_f32(weight).to_f64();
                    (sum, size) = (sum + product, size + product.abs());
                }
            }
            sum += self.residual.as_ref().map_or(0.0, |residual| residual[at].to_f64());
            all.push((sum.clamp(self.range.low.into(), self.range.high.into()), size));
        }
        all
    }

    /// Checks all outputs to within half a unit in the last place of bf16, and the rounding of sums in `f32`.
    fn check(&self) {
        for (at, (&got, (exact, size))) in self.run().iter().zip(self.exact()).enumerate() {
            let error = (got.to_f64() - exact).abs();
            assert!(
                error <= exact.abs() / 256.0 + size * 1e-5,
                "{:?} at {at}: {got}, not {exact}",
                self.shape
            );
        }
    }
}

fn geometry() -> impl Strategy<Value = ConvGeometry> {
    let two = |range: std::ops::Range<usize>| [range.clone(), range];
    (two(1..4), two(0..4), two(0..4), two(1..4)).prop_map(|(stride, before, after, dilation)| ConvGeometry {
        stride,
        padding: [0, 1].map(|axis| AxisPadding { before: before[axis], after: after[axis] }),
        dilation,
        groups: 1,
    })
}

fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![1..70usize, Just(32), Just(64), Just(96)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn convolutions_are_exact_to_a_rounding(
        (batch, size, inputs, outputs) in (1..4usize, [1..20usize, 1..35usize], channels(), channels()),
        kernel in [1..6usize, 1..6usize],
        geometry in geometry(),
        (plain, residual) in any::<(bool, bool)>(),
        range in prop::sample::select(vec![OutputRange::ALL, OutputRange::RELU, OutputRange { low: -0.5, high: 1.5 }]),
    ) {
        let geometry = if plain { ConvGeometry::default() } else { geometry };
        let input = [batch, size[0], size[1], inputs];
        if let Ok(shape) = ConvShape::new(input, outputs, kernel, geometry) {
            with_every_unit(|_| ConvCase::new(shape, residual, range).check());
        }
    }
}

/// Shapes at which the layout or the split changes.
#[test]
fn the_shapes_of_networks() {
    for (input, outputs, kernel, stride, padding, dilation) in [
        ([1, 45, 47, 3], 64, 7, 2, 3, 1),
        ([2, 56, 56, 32], 32, 3, 1, 1, 1),
        ([2, 14, 14, 256], 256, 3, 1, 1, 1),
        ([3, 7, 7, 512], 128, 3, 1, 1, 1),
        ([2, 14, 14, 512], 192, 3, 2, 1, 1),
        ([3, 7, 7, 1024], 2048, 1, 1, 0, 1),
        ([9, 14, 14, 64], 512, 1, 2, 0, 1),
        ([1, 28, 28, 64], 64, 3, 1, 2, 2),
        ([1, 9, 9, 544], 1056, 2, 1, 0, 1),
    ] {
        let geometry = ConvGeometry {
            stride: [stride; 2],
            padding: [AxisPadding::even(padding); 2],
            dilation: [dilation; 2],
            groups: 1,
        };
        let shape = ConvShape::new(input, outputs, [kernel; 2], geometry).unwrap();
        with_every_unit(|_| ConvCase::new(shape, true, OutputRange::RELU).check());
    }
}

/// Each image of a batch has the same bits as alone; on one thread, on three, and with a team.
#[test]
fn bits_depend_neither_on_the_batch_nor_on_the_threads() {
    with_every_unit(|unit| {
        let run = |case: &ConvCase| with_unit(unit, || case.run());
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for (size, inputs, outputs, kernel, stride) in [
            (14, 256, 64, 1, 1),
            (28, 64, 96, 3, 1),
            (14, 512, 64, 3, 2),
            (7, 512, 512, 3, 1),
            (33, 3, 64, 7, 2),
        ] {
            let geometry = ConvGeometry {
                stride: [stride; 2],
                padding: [AxisPadding::even(kernel / 2); 2],
                ..ConvGeometry::default()
            };
            let shape =
                |batch| ConvShape::new([batch, size, size, inputs], outputs, [kernel; 2], geometry).unwrap();
            let batch = ConvCase::new(shape(5), true, OutputRange::RELU);
            let together = pool(1).install(|| run(&batch));
            assert!(pool(3).install(|| run(&batch)) == together, "{:?} on three threads", batch.shape);
            assert!(
                pool(3).install(|| with_team(|| run(&batch))) == together,
                "{:?} with a team",
                batch.shape
            );
            let one = shape(1);
            for image in 0..5 {
                let mut alone = ConvCase::new(one, true, OutputRange::RELU);
                alone.input.copy_from_slice(&batch.input[image * one.input_len()..][..one.input_len()]);
                let of_image = image * one.output_len()..(image + 1) * one.output_len();
                alone.residual = batch.residual.as_ref().map(|residual| residual[of_image.clone()].to_vec());
                assert!(run(&alone) == together[of_image], "image {image} of {:?}", batch.shape);
            }
        }
    });
}

#[test]
fn rows_and_residuals_in_place_make_the_same_image() {
    with_every_unit(|_| {
        let geometry = ConvGeometry { padding: [AxisPadding::even(1); 2], ..ConvGeometry::default() };
        let case = ConvCase::new(
            ConvShape::new([2, 13, 14, 64], 40, [3; 2], geometry).unwrap(),
            true,
            OutputRange::RELU,
        );
        let filter = Bf16Filter::pack(&case.shape, &case.weight).unwrap();
        let epilogue =
            Bf16Epilogue { bias: Some(&case.bias), residual: Residual::InPlace, range: OutputRange::RELU };
        let mut output = case.residual.clone().unwrap();
        for rows in [0..5, 5..6, 6..26] {
            conv2d_rows_bf16(&case.shape, &filter, &case.input, &epilogue, rows, &mut output).unwrap();
        }
        assert_eq!(output, case.run());
        assert!(conv2d_rows_bf16(&case.shape, &filter, &case.input, &epilogue, 20..27, &mut output).is_err());
    });
}

#[test]
fn linear_layers_are_sums() {
    with_every_unit(|_| {
        for (rows, inputs, outputs) in [(1, 2048, 1000), (5, 70, 3), (40, 512, 64), (3, 1, 1)] {
            let (input, weight) = (rounded(rows * inputs, 5), numbers(inputs * outputs, 6));
            let bias = numbers(outputs, 7);
            let filter = Bf16Filter::pack_linear(inputs, outputs, &weight).unwrap();
            let (mut wide, mut hidden) = (vec![f32::NAN; rows * outputs], vec![bf16::NAN; rows * outputs]);
            linear_bf16(&filter, rows, &input, Some(&bias), &mut wide).unwrap();
            linear_relu_bf16(&filter, rows, &input, Some(&bias), &mut hidden).unwrap();
            for (at, (got, hidden)) in wide.iter().zip(hidden).enumerate() {
                let (row, output) = (at / outputs, at % outputs);
                let pairs = input[row * inputs..][..inputs].iter().zip(&weight[output * inputs..][..inputs]);
                let products = pairs.map(|(x, &w)| x.to_f64() * bf16::from_f32(w).to_f64());
                let exact = f64::from(bias[output]) + products.sum::<f64>();
                assert!(
                    (f64::from(*got) - exact).abs() < 1e-4,
                    "{rows}x{inputs}x{outputs} at {at}: {got}, not {exact}"
                );
                assert_eq!(hidden, bf16::from_f32(got.max(0.0)));
            }
        }
    });
}

#[test]
fn what_is_not_a_number_stays_one() {
    with_every_unit(|_| {
        let shape = ConvShape::new([1, 4, 4, 32], 32, [1; 2], ConvGeometry::default()).unwrap();
        let mut case = ConvCase::new(shape, false, OutputRange::RELU);
        case.input[5 * 32] = bf16::NAN;
        let output = case.run();
        for (pixel, outputs) in output.chunks_exact(32).enumerate() {
            assert!(
                outputs.iter().all(|output| output.is_nan() == (pixel == 5)),
                "pixel {pixel}: {outputs:?}"
            );
        }
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    let shape = ConvShape::new([1, 4, 4, 32], 32, [1; 2], ConvGeometry::default()).unwrap();
    let grouped = ConvGeometry { groups: 2, ..ConvGeometry::default() };
    let grouped = ConvShape::new([1, 4, 4, 32], 32, [1; 2], grouped).unwrap();
    assert!(supports(&shape).is_ok() && supports(&grouped).is_err());
    assert!(Bf16Filter::pack(&grouped, &vec![0.0; grouped.weight_len()]).is_err());
    assert!(Bf16Filter::pack(&shape, &[0.0; 3]).is_err());
    let filter = Bf16Filter::pack(&shape, &vec![0.0; shape.weight_len()]).unwrap();
    let wider = ConvShape::new([1, 4, 4, 64], 32, [1; 2], ConvGeometry::default()).unwrap();
    let input = vec![bf16::ZERO; wider.input_len()];
    let mut output = vec![bf16::ZERO; shape.output_len()];
    let plain = Bf16Epilogue::default();
    assert!(conv2d_forward_bf16(&wider, &filter, &input, &plain, &mut output).is_err());
    assert!(conv2d_forward_bf16(&shape, &filter, &input, &plain, &mut output).is_err());
    assert!(conv2d_forward_bf16(&shape, &filter, &input[..512], &plain, &mut output[1..]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn maximum_pooling_agrees_with_a_walk(
        (batch, size, channels) in (1..3usize, [3..12usize, 3..12usize], 1..70usize),
        (kernel, stride, padding, dilation) in (2..4usize, 1..3usize, 0..2usize, 1..3usize),
        hole in any::<prop::sample::Index>(),
        ceil in any::<bool>(),
    ) {
        let input = [batch, size[0], size[1], channels];
        let geometry = PoolGeometry {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [AxisPadding::even(padding); 2],
            dilation: [dilation; 2],
            ceil,
        };
        if let Ok(shape) = PoolShape::new(input, geometry) {
            let mut data = rounded(shape.input_len(), 8);
            let hole = hole.index(data.len());
            data[hole] = -bf16::NAN;
            let mut output = vec![bf16::ZERO; shape.output_len()];
            max_pool2d_bf16(&shape, &data, &mut output).unwrap();
            let [out_height, out_width] = shape.out_size;
            for (at, got) in output.iter().enumerate() {
                let (pixel, channel) = (at / channels, at % channels);
                let (image, y, x) =
                    (pixel / (out_height * out_width), pixel / out_width % out_height, pixel % out_width);
                let taps = (0..kernel * kernel).filter_map(|tap| {
                    let y = (y * stride + tap / kernel * dilation).checked_sub(padding).filter(|&y| y < size[0])?;
                    let x = (x * stride + tap % kernel * dilation).checked_sub(padding).filter(|&x| x < size[1])?;
                    Some(data[((image * size[0] + y) * size[1] + x) * channels + channel].to_f32())
                });
                let values: Vec<f32> = taps.collect();
                let exact = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let good = if values.iter().any(|v| v.is_nan()) { got.is_nan() } else { got.to_f32() == exact };
                prop_assert!(good || values.is_empty(), "{at}: {got}, not {exact}");
            }
        }
    }
}
