//! Blocks against their convolutions one after the other: the same bits, on any number of threads.

use proptest::prelude::*;

use super::*;
use crate::elementwise::Halved;
use crate::isa::with_isa;
use crate::{AxisPadding, ConvGeometry, Epilogue, Isa, conv2d_forward};

/// Values that add up with rounding errors.
fn numbers(len: usize, seed: u32) -> Vec<f32> {
    (0..len as u32).map(|at| (at.wrapping_mul(2654435761) ^ seed) as f32 / 2e9 - 1.0).collect()
}

/// The shapes of a block on an image, `[before, depthwise, after]`, without those that `channels` leaves out; the one before has
/// windows of `before`.
fn block(
    [batch, height, width]: [usize; 3],
    [input, inner, output]: [Option<usize>; 3],
    (before, strides): ([usize; 2], [usize; 2]),
    kernel: [usize; 2],
    geometry: ConvGeometry,
) -> Option<Vec<ConvShape>> {
    let inner = inner?;
    let mut shapes = Vec::new();
    let mut size = [batch, height, width, inner];
    let pointwise = |from: [usize; 4], to| ConvShape::new(from, to, [1; 2], ConvGeometry::default()).ok();
    if let Some(input) = input {
        let padding = before.map(|kernel| AxisPadding::even(kernel / 2));
        let geometry = ConvGeometry { stride: strides, padding, ..ConvGeometry::default() };
        shapes.push(ConvShape::new([batch, height, width, input], inner, before, geometry).ok()?);
        size = shapes[0].output();
    }
    let geometry = ConvGeometry { groups: inner, ..geometry };
    let depthwise = ConvShape::new(size, inner, kernel, geometry).ok()?;
    shapes.push(depthwise);
    if let Some(output) = output {
        shapes.push(pointwise(depthwise.output(), output)?);
    }
    (shapes.len() > 1).then_some(shapes)
}

fn blocks() -> impl Strategy<Value = Vec<ConvShape>> {
    let padding = || (0..3usize, 0..3usize).prop_map(|(before, after)| AxisPadding { before, after });
    let channels = (proptest::option::of(1..40usize), 2..70usize, proptest::option::of(1..40usize));
    let window = ([1..6usize, 1..6], [1..3usize, 1..3], [padding(), padding()], [1..3usize, 1..3]);
    // Strided, so that no other algorithm than gathered windows suits it.
    let before = prop_oneof![Just(([1; 2], [1; 2])), ([1..4usize, 1..4], Just([2; 2]))];
    ([1..4usize, 1..40, 1..40], channels, before, window).prop_filter_map(
        "the window fits the padded input",
        |(size, (input, inner, output), before, (kernel, stride, padding, dilation))| {
            let geometry = ConvGeometry { stride, padding, dilation, groups: 1 };
            block(size, [input, Some(inner), output], before, kernel, geometry)
        },
    )
}

/// The block's result, together and one convolution after the other.
fn both(shapes: &[ConvShape], residual: bool, in_place: bool, finish: bool) -> [Vec<f32>; 2] {
    let first = numbers(shapes[0].input_len(), 1);
    let added = residual.then(|| numbers(shapes[shapes.len() - 1].output_len(), 2));
    let weights: Vec<_> = shapes.iter().map(|shape| numbers(shape.weight_len(), 3)).collect();
    let biases: Vec<_> = shapes.iter().map(|shape| numbers(shape.out_channels, 4)).collect();
    let filters: Vec<_> =
        shapes.iter().zip(&weights).map(|(shape, weight)| Filter::pack(shape, weight).unwrap()).collect();
    let ranges = [OutputRange { low: 0.0, high: 6.0 }, OutputRange::RELU, OutputRange::ALL];
    let finish: Option<&dyn Elementwise> = finish.then_some(&Halved);
    let parts: Vec<_> = (0..shapes.len())
        .map(|at| SeparablePart {
            shape: shapes[at],
            filter: &filters[at],
            bias: &biases[at],
            range: ranges[at],
            finish,
        })
        .collect();
    let into = |len: usize| added.clone().filter(|_| in_place).unwrap_or_else(|| vec![f32::NAN; len]);
    let residual = match &added {
        None => Residual::None,
        Some(_) if in_place => Residual::InPlace,
        Some(added) => Residual::Of(added),
    };
    let mut together = into(shapes[shapes.len() - 1].output_len());
    separable_forward(&parts, &first, residual, &mut together).unwrap();
    let mut value = first;
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let len = part.shape.output_len();
        let mut next = if last { into(len) } else { vec![f32::NAN; len] };
        let residual = if last { residual } else { Residual::None };
        let epilogue = Epilogue { bias: Some(part.bias), residual, range: part.range, finish: part.finish };
        conv2d_forward(&part.shape, &value, part.filter, &epilogue, &mut next).unwrap();
        value = next;
    }
    [together, value]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn together_is_one_after_the_other(
        shapes in blocks(), residual: bool, in_place: bool, finish: bool, threads in 1..4usize,
    ) {
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512].into_iter().filter(|isa| isa.is_available()) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let [together, apart] = pool.install(|| with_isa(isa, || both(&shapes, residual, in_place, finish)));
            prop_assert_eq!(together, apart, "{}", isa.name());
        }
    }
}

/// Blocks of several bands and panels.
#[test]
fn large_blocks_are_their_convolutions() {
    let geometry = |stride, kernel: usize| ConvGeometry {
        stride: [stride; 2],
        padding: [AxisPadding::even(kernel / 2); 2],
        ..ConvGeometry::default()
    };
    for (size, channels, before, kernel, stride) in [
        ([2, 56, 56], [Some(24), Some(144), Some(24)], 1usize, 3, 1),
        ([1, 112, 112], [Some(16), Some(96), Some(24)], 1, 3, 2),
        ([1, 112, 112], [None, Some(32), Some(16)], 1, 3, 1),
        ([1, 224, 224], [Some(3), Some(32), Some(16)], 3, 3, 1),
        ([3, 28, 28], [Some(40), Some(240), None], 1, 5, 1),
        ([2, 14, 14], [Some(96), Some(576), Some(160)], 1, 3, 2),
    ] {
        let before = ([before; 2], [before.div_ceil(2); 2]);
        let shapes = block(size, channels, before, [kernel; 2], geometry(stride, kernel)).unwrap();
        let filters: Vec<_> = shapes
            .iter()
            .map(|shape| Filter::pack(shape, &numbers(shape.weight_len(), 3)).unwrap())
            .collect();
        let convs: Vec<_> = shapes.iter().copied().zip(&filters).collect();
        // With many threads, images would be cut into too small parts.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        pool.install(|| {
            assert!(separable_pays(&convs), "{shapes:?}");
            let [together, apart] = both(&shapes, true, false, true);
            assert!(together == apart, "{shapes:?}");
        });
    }
}

#[test]
fn other_convolutions_are_refused() {
    let shapes =
        block([1, 8, 8], [Some(4), Some(8), Some(4)], ([1; 2], [1; 2]), [3; 2], ConvGeometry::default())
            .unwrap();
    let filter = Filter::pack(&shapes[0], &numbers(shapes[0].weight_len(), 1)).unwrap();
    assert!(!separable_pays(&[(shapes[0], &filter)]));
    assert!(!separable_pays(&[(shapes[0], &filter), (shapes[2], &filter)]));
    let bias = [0.0; 8];
    let part = SeparablePart {
        shape: shapes[0],
        filter: &filter,
        bias: &bias,
        range: OutputRange::ALL,
        finish: None,
    };
    let input = numbers(shapes[0].input_len(), 2);
    let found = separable_forward(&[part], &input, Residual::None, &mut [0.0; 512]);
    assert_eq!(found, Err(KernelError::NotSeparable));
}
