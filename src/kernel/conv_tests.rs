//! The convolution kernels compared with the definition of convolution in `f64`, with every instruction set,
//! and with themselves on thread pools of different sizes.

use proptest::prelude::*;

use super::elementwise::Halved;
use super::isa::with_isa;
use super::*;

/// Visits every product of `sum_{c,i,j} x[n, c, y s + i d - p, ...] w[o, c, i, j]`: output element, input
/// element, weight element.
fn for_each_product(s: &ConvShape, mut visit: impl FnMut(usize, usize, usize)) {
    let [height, width] = s.in_size;
    let (group_in, group_out) = (s.in_channels / s.geometry.groups, s.out_channels / s.geometry.groups);
    let ConvGeometry { stride, padding, dilation, .. } = s.geometry;
    for n in 0..s.batch {
        for o in 0..s.out_channels {
            for y in 0..s.out_size[0] {
                for x in 0..s.out_size[1] {
                    for c in 0..group_in {
                        for i in 0..s.kernel[0] {
                            for j in 0..s.kernel[1] {
                                let row = (y * stride[0] + i * dilation[0]).wrapping_sub(padding[0].before);
                                let col = (x * stride[1] + j * dilation[1]).wrapping_sub(padding[1].before);
                                if row >= height || col >= width {
                                    continue;
                                }
                                let channel = o / group_out * group_in + c;
                                visit(
                                    ((n * s.out_size[0] + y) * s.out_size[1] + x) * s.out_channels + o,
                                    ((n * height + row) * width + col) * s.in_channels + channel,
                                    ((o * group_in + c) * s.kernel[0] + i) * s.kernel[1] + j,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Small multiples of 1/8, whose products and sums are exact in `f32`: results must be equal, not close.
fn exact(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7 + seed * 13 + i * i % 11) % 17) as f32 / 8.0 - 1.0).collect()
}

/// A range that cuts off values on both sides.
const RANGE: OutputRange = OutputRange { low: -0.25, high: 1.5 };

/// Computes the output, the input gradient (overwriting, then added to ones), the weight gradient (added to ones), and
/// the output with bias, residual and range.
fn run(shape: &ConvShape, algorithm: Algorithm) -> [Vec<f32>; 5] {
    let (x, w) = (exact(shape.input_len(), 1), exact(shape.weight_len(), 2));
    let dy = exact(shape.output_len(), 3);
    let mut y = vec![f32::NAN; shape.output_len()];
    let mut dx = vec![f32::NAN; shape.input_len()];
    let mut more = vec![1.0; shape.input_len()];
    let mut dw = vec![1.0; shape.weight_len()];
    let filter = Filter::pack_for(Isa::current(), algorithm, shape, &w).unwrap();
    conv2d_forward(shape, &x, &filter, &Epilogue::default(), &mut y).unwrap();
    let backward = BackwardFilter::pack(shape, &w).unwrap();
    conv2d_backward_data(shape, &backward, &dy, false, &mut dx).unwrap();
    conv2d_backward_data(shape, &backward, &dy, true, &mut more).unwrap();
    conv2d_backward_weights(shape, &x, &dy, true, &mut dw).unwrap();
    let (bias, residual) = (exact(shape.out_channels, 4), exact(shape.output_len(), 5));
    let epilogue = Epilogue {
        bias: Some(&bias),
        residual: Residual::Of(&residual),
        range: RANGE,
        finish: Some(&Halved),
    };
    let mut limited = vec![f32::NAN; shape.output_len()];
    conv2d_forward(shape, &x, &filter, &epilogue, &mut limited).unwrap();
    [y, dx, more, dw, limited]
}

fn by_definition(shape: &ConvShape) -> [Vec<f32>; 5] {
    let (x, w) = (exact(shape.input_len(), 1), exact(shape.weight_len(), 2));
    let dy = exact(shape.output_len(), 3);
    let (mut y, mut dx) = (vec![0.0f64; shape.output_len()], vec![0.0f64; shape.input_len()]);
    let mut dw = vec![1.0f64; shape.weight_len()];
    for_each_product(shape, |o, i, k| {
        let [x, w, dy] = [x[i], w[k], dy[o]].map(f64::from);
        y[o] += x * w;
        dx[i] += dy * w;
        dw[k] += dy * x;
    });
    let more = dx.iter().map(|value| value + 1.0).collect();
    let (bias, residual) = (exact(shape.out_channels, 4), exact(shape.output_len(), 5));
    let sums = y.iter().zip(&residual).enumerate();
    let sums =
        sums.map(|(at, (y, residual))| y + f64::from(bias[at % shape.out_channels]) + f64::from(*residual));
    let limited = sums.map(|sum| 0.5 * sum.clamp(RANGE.low.into(), RANGE.high.into()) + 0.25).collect();
    [y, dx, more, dw, limited].map(|values: Vec<f64>| values.into_iter().map(|value| value as f32).collect())
}

fn available() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.is_available())
}

const NAMES: [&str; 5] =
    ["output", "input gradient", "input gradient on ones", "weight gradient", "finished output"];

fn pair(range: std::ops::Range<usize>) -> impl Strategy<Value = [usize; 2]> {
    [range.clone(), range]
}

fn padding() -> impl Strategy<Value = AxisPadding> {
    (0..4usize, 0..4usize).prop_map(|(before, after)| AxisPadding { before, after })
}

/// One filter per channel.
fn depthwise_shapes() -> impl Strategy<Value = ConvShape> {
    let geometry = (pair(1..4), [padding(), padding()], pair(1..4));
    (1..4usize, 2..40usize, pair(1..20), pair(1..5), geometry).prop_filter_map(
        "the window fits the padded input",
        |(n, channels, [h, w], kernel, (stride, padding, dilation))| {
            let geometry = ConvGeometry { stride, padding, dilation, groups: channels };
            ConvShape::new([n, h, w, channels], channels, kernel, geometry).ok()
        },
    )
}

fn shapes() -> impl Strategy<Value = ConvShape> {
    let channels = (1..4usize, 1..6usize, 1..6usize);
    let geometry = (pair(1..4), [padding(), padding()], pair(1..4));
    (1..11usize, channels, pair(1..12), pair(1..5), geometry).prop_filter_map(
        "the window fits the padded input",
        |(n, (groups, c, o), [h, w], kernel, (stride, padding, dilation))| {
            let geometry = ConvGeometry { stride, padding, dilation, groups };
            ConvShape::new([n, h, w, c * groups], o * groups, kernel, geometry).ok()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn kernels_follow_the_definition(shape in shapes()) {
        for isa in available() {
            let found = with_isa(isa, || run(&shape, Algorithm::Direct));
            for ((name, found), expected) in NAMES.iter().zip(found).zip(by_definition(&shape)) {
                prop_assert_eq!(found, expected, "{} ({})", name, isa.name());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn depthwise_kernels_follow_the_definition(shape in depthwise_shapes()) {
        for isa in available() {
            let found = with_isa(isa, || run(&shape, Algorithm::Fastest));
            for ((name, found), expected) in NAMES.iter().zip(found).zip(by_definition(&shape)) {
                prop_assert_eq!(found, expected, "{} ({})", name, isa.name());
            }
        }
    }
}

fn square(batch: usize, [c, o]: [usize; 2], size: usize, kernel: usize, stride: usize) -> ConvShape {
    let geometry = ConvGeometry {
        stride: [stride; 2],
        padding: [AxisPadding::even(kernel / 2); 2],
        ..ConvGeometry::default()
    };
    ConvShape::new([batch, size, size, c], o, [kernel; 2], geometry).unwrap()
}

/// Shapes large enough for several tiles, panels, blocks and chunks.
fn large() -> [ConvShape; 7] {
    [
        square(2, [70, 24], 40, 3, 1),
        square(9, [12, 16], 17, 3, 2),
        square(5, [640, 40], 7, 1, 1),
        square(11, [130, 20], 5, 3, 1),
        square(3, [200, 330], 9, 1, 2),
        square(2, [96, 200], 10, 3, 2),
        square(1, [3, 8], 65, 7, 2),
    ]
}

#[test]
fn large_shapes_follow_the_definition() {
    for shape in large() {
        let expected = by_definition(&shape);
        for isa in available() {
            let found = with_isa(isa, || run(&shape, Algorithm::Direct));
            for ((name, found), expected) in NAMES.iter().zip(&found).zip(&expected) {
                // Exact, except where Winograd's transforms divide by 24.
                let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
                assert!(off.fold(0.0, f32::max) < 2e-3, "{name} of {shape:?} ({})", isa.name());
            }
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let random = |len: usize, seed: u32| -> Vec<f32> {
        (0..len as u32).map(|i| (i.wrapping_mul(2654435761) ^ seed) as f32 / 2e9 - 1.0).collect()
    };
    for shape in large() {
        let (x, w) = (random(shape.input_len(), 1), random(shape.weight_len(), 2));
        let dy = random(shape.output_len(), 3);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut y = vec![0.0; shape.output_len()];
                let mut dx = vec![0.0; shape.input_len()];
                let mut dw = vec![f32::NAN; shape.weight_len()];
                let filter = Filter::pack(&shape, &w).unwrap();
                conv2d_forward(&shape, &x, &filter, &Epilogue::default(), &mut y).unwrap();
                let backward = BackwardFilter::pack(&shape, &w).unwrap();
                conv2d_backward_data(&shape, &backward, &dy, false, &mut dx).unwrap();
                conv2d_backward_weights(&shape, &x, &dy, false, &mut dw).unwrap();
                [y, dx, dw].map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<_>>())
            })
        };
        let one = on(1);
        assert!(one == on(2) && one == on(3), "{shape:?}");
    }
}

#[test]
fn impossible_geometries_are_refused() {
    let geometry = ConvGeometry::default();
    let new = |input, out, kernel, geometry| ConvShape::new(input, out, kernel, geometry).unwrap_err();
    let error = new([1, 4, 4, 3], 2, [5, 3], geometry);
    assert_eq!(
        error.to_string(),
        "a window of 5 (kernel 5, dilation 1) exceeds the input size 4 with padding 0; use a larger input or \
         a smaller window"
    );
    let error = new([1, 4, 4, 3], 2, [3, 3], ConvGeometry { groups: 2, ..geometry });
    assert_eq!(error.to_string(), "3 input channels cannot be divided into 2 groups");
    let error = new([1, 4, 4, 3], 2, [3, 3], ConvGeometry { stride: [1, 0], ..geometry });
    assert_eq!(error.to_string(), "stride is 0; it must be at least 1");
}
