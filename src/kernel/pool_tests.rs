//! The pooling kernels compared with their definition, with every instruction set.

use proptest::prelude::*;

use super::isa::with_isa;
use super::*;

#[derive(Clone, Debug)]
struct PoolCase {
    input: [usize; 4],
    geometry: PoolGeometry,
}

fn cases() -> impl Strategy<Value = (PoolCase, PoolShape)> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    let input = [1..3usize, 1..9, 1..9, 1..40];
    (input, pair(1..4), pair(1..4), [pair(0..3), pair(0..3)], pair(1..3), any::<bool>()).prop_filter_map(
        "windows that fit",
        |(input, kernel, stride, padding, dilation, ceil)| {
            let padding = padding.map(|[before, after]| AxisPadding { before, after });
            let geometry = PoolGeometry { kernel, stride, padding, dilation, ceil };
            Some((PoolCase { input, geometry }, PoolShape::new(input, geometry).ok()?))
        },
    )
}

/// Every window's elements inside the image: `(output, inputs)` for all channels, in the windows' order.
fn windows(case: &PoolCase, shape: &PoolShape) -> Vec<(usize, Vec<usize>)> {
    let [n, h, w, c] = case.input;
    let [_, oh, ow, _] = shape.output();
    let PoolGeometry { kernel, stride, padding, dilation, .. } = case.geometry;
    let mut windows = Vec::new();
    for output in 0..n * oh * ow * c {
        let (channel, x, y, image) =
            (output % c, output / c % ow, output / c / ow % oh, output / c / ow / oh);
        let mut inside = Vec::new();
        for i in 0..kernel[0] {
            for j in 0..kernel[1] {
                let y = (y * stride[0] + i * dilation[0]).wrapping_sub(padding[0].before);
                let x = (x * stride[1] + j * dilation[1]).wrapping_sub(padding[1].before);
                if y < h && x < w {
                    inside.push(((image * h + y) * w + x) * c + channel);
                }
            }
        }
        windows.push((output, inside));
    }
    windows
}

fn numbers(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + seed * 31) % 97) as f32 / 8.0 - 6.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pools_follow_their_definition((case, shape) in cases()) {
        let (x, dy) = (numbers(shape.input_len(), 1), numbers(shape.output_len(), 2));
        let windows = windows(&case, &shape);
        let mut largest = vec![f32::NEG_INFINITY; shape.output_len()];
        let mut to_largest = vec![0.0f64; shape.input_len()];
        let mut mean = vec![0.0; shape.output_len()];
        let mut spread = vec![0.0f64; shape.input_len()];
        for (output, inside) in &windows {
            let mut best = None;
            for &from in inside {
                if best.is_none_or(|best: usize| x[from] > x[best]) {
                    best = Some(from);
                }
                mean[*output] += x[from] / inside.len() as f32;
                spread[from] += f64::from(dy[*output]) / inside.len() as f64;
            }
            if let Some(best) = best {
                largest[*output] = x[best];
                to_largest[best] += f64::from(dy[*output]);
            }
        }
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            with_isa(isa, || {
                let (mut y, mut winners) = (vec![0.0; shape.output_len()], vec![0; shape.output_len()]);
                let mut dx = vec![f32::NAN; shape.input_len()];
                max_pool2d_forward(&shape, &x, &mut y, &mut winners).unwrap();
                max_pool2d_backward(&shape, &winners, &dy, &mut dx).unwrap();
                assert_eq!(y, largest);
                assert!(dx.iter().zip(&to_largest).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4));
                avg_pool2d_forward(&shape, false, &x, &mut y).unwrap();
                avg_pool2d_backward(&shape, false, &dy, &mut dx).unwrap();
                assert!(y.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-4));
                avg_pool2d_values(&shape, false, &x, |value| value, &mut y).unwrap();
                assert!(y.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-4));
                assert!(dx.iter().zip(&spread).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4));
            });
        }
    }
}
