//! Gradients of every op compared with central finite differences of its own forward pass.
//!
//! The loss is a random projection of the output, summed in `f64`. Values are drawn so that within the step
//! no maximum changes its position and no ReLU its sign.

use camlab_kernel::{AxisPadding, OutputRange, PoolGeometry};
use camlab_nn::graph::Function;
use camlab_nn::graph::function::{LeakyRelu, Sigmoid, Silu};
use camlab_nn::ops::{self, Behind, BnMode};
use camlab_nn::{ConvGeometry, Recorder, Value, take_gradient};
use dfdx::prelude::Cpu;

const STEP: f32 = 1e-2;
const TOLERANCE: f32 = 1e-2;

/// Overlapping windows with padding.
const POOLING: PoolGeometry = PoolGeometry {
    kernel: [3, 2],
    stride: [2, 1],
    padding: [AxisPadding::even(1); 2],
    dilation: [1; 2],
    ceil: false,
};

type Forward<'a> = &'a dyn Fn(&mut Recorder, &[Value]) -> Value;

/// Compares the gradient of every input with (f(x + step) - f(x - step)) / (2 step).
fn check(name: &str, inputs: &[(&[usize], Vec<f32>)], forward: Forward<'_>) {
    let device = Cpu::default();
    let mut recorder = Recorder::new(&device);
    let leaves: Vec<Value> =
        inputs.iter().map(|(shape, data)| crate::support::leaf(&recorder, data, shape)).collect();
    let output = forward(&mut recorder, &leaves);
    let weights = crate::support::numbers(output.data.len(), 99);
    let mut grads = crate::support::backward(recorder, &output, &weights);
    let loss = |at: usize, element: usize, step: f32| -> f64 {
        let mut recorder = Recorder::new(&device);
        let values: Vec<Value> = inputs
            .iter()
            .enumerate()
            .map(|(index, (shape, data))| {
                let mut data = data.clone();
                if index == at {
                    data[element] += step;
                }
                crate::support::constant(&recorder, &data, shape)
            })
            .collect();
        let output = forward(&mut recorder, &values);
        assert!(output.slot.is_none(), "{name}: constants give a constant");
        output.data.iter().zip(&weights).map(|(&y, &w)| f64::from(y) * f64::from(w)).sum()
    };
    for (at, leaf) in leaves.iter().enumerate() {
        let found = take_gradient(&mut grads, leaf).unwrap();
        let differences: Vec<f32> = (0..found.len())
            .map(|e| ((loss(at, e, STEP) - loss(at, e, -STEP)) / f64::from(2.0 * STEP)) as f32)
            .collect();
        let error = crate::support::relative_error(&found, &differences);
        assert!(error < TOLERANCE, "{name}: gradient of input {at} is off by {error:e}");
    }
}

fn random(shape: &[usize], seed: u64) -> (&[usize], Vec<f32>) {
    (shape, crate::support::numbers(shape.iter().product(), seed))
}

/// Distinct multiples of 0.1 in permuted order, none within 0.05 of zero.
fn apart(shape: &[usize]) -> (&[usize], Vec<f32>) {
    let len: usize = shape.iter().product();
    // 7919 is prime and no length here is a multiple of it, so every index occurs once.
    let value = |i: usize| ((i * 7919 % len) as f32 - len as f32 / 2.0 + 0.5) * 0.1;
    (shape, (0..len).map(|i| value(i) + if len.is_multiple_of(2) { 0.0 } else { 0.05 }).collect())
}

#[test]
fn convolutions() {
    let cases = [
        ([2, 5, 4, 3], [4, 3, 3, 3], ([1, 1], [1, 1], [1, 1], 1)),
        ([1, 7, 6, 4], [2, 2, 3, 2], ([2, 3], [1, 0], [2, 1], 2)),
        ([2, 5, 5, 3], [3, 1, 3, 3], ([2, 2], [1, 1], [1, 1], 3)),
        ([2, 3, 4, 5], [3, 5, 1, 1], ([1, 1], [0, 0], [1, 1], 1)),
    ];
    for (x, w, (stride, padding, dilation, groups)) in cases {
        let geometry = ConvGeometry { stride, padding: padding.map(AxisPadding::even), dilation, groups };
        let inputs = [random(&x, 1), random(&w, 2), random(&w[..1], 3)];
        check(&format!("conv2d {w:?} {geometry:?}"), &inputs, &|recorder, v| {
            ops::conv2d(recorder, &v[0], &v[1], Some(&v[2]), geometry).unwrap()
        });
    }
}

#[test]
fn batch_norm_with_running_statistics() {
    let (mean, var) = ([0.3, -0.2, 0.1], [0.5, 1.5, 2.0]);
    let inputs = [random(&[2, 3, 4, 3], 1), random(&[3], 2), random(&[3], 3)];
    check("batch_norm running", &inputs, &|recorder, v| {
        let mode = BnMode::Running { mean: &mean, var: &var };
        ops::batch_norm(recorder, v[0].clone(), &v[1], &v[2], mode, 1e-5).unwrap().0
    });
}

#[test]
fn batch_norm_with_batch_statistics() {
    let inputs = [random(&[2, 3, 4, 3], 1), random(&[3], 2), random(&[3], 3)];
    check("batch_norm batch", &inputs, &|recorder, v| {
        ops::batch_norm(recorder, v[0].clone(), &v[1], &v[2], BnMode::Batch, 1e-5).unwrap().0
    });
}

#[test]
fn batch_norm_with_an_addition_and_a_clip_behind() {
    let (mean, var) = ([0.3, -0.2, 0.1], [0.5, 1.5, 2.0]);
    let x = apart(&[2, 3, 4, 3]);
    let ranges = [OutputRange::RELU, OutputRange { low: 0.0, high: 1.937 }];
    for (residual, range) in
        [false, true].into_iter().flat_map(|residual| ranges.map(|range| (residual, range)))
    {
        for batch in [false, true] {
            // The data kept for the backward pass depend on gamma and beta being trained or not.
            for learns in [false, true] {
                let mut inputs =
                    vec![x.clone(), (&[3], vec![1.3, 0.8, -1.1]), (&[3], vec![0.03, 0.02, 0.01])];
                let constants: Vec<_> = if learns { Vec::new() } else { inputs.drain(1..).collect() };
                if residual {
                    inputs.push((&[2, 3, 4, 3], x.1.iter().rev().map(|value| 0.25 * value).collect()));
                }
                check(
                    &format!("batch norm, residual {residual}, batch {batch}, {range:?}"),
                    &inputs,
                    &|recorder, v| {
                        let mode =
                            if batch { BnMode::Batch } else { BnMode::Running { mean: &mean, var: &var } };
                        let parameters = match learns {
                            true => [v[1].clone(), v[2].clone()],
                            false => {
                                [0, 1].map(|at| crate::support::constant(recorder, &constants[at].1, &[3]))
                            }
                        };
                        let [gamma, beta] = &parameters;
                        let behind = Behind { residual: residual.then(|| v[v.len() - 1].clone()), range };
                        ops::batch_norm_then(recorder, v[0].clone(), gamma, beta, mode, 1e-5, behind)
                            .unwrap()
                            .0
                    },
                );
            }
        }
    }
}

#[test]
fn frozen_batch_norm_asks_for_the_input_gradient_only() {
    let mut recorder = Recorder::new(&Cpu::default());
    let x = crate::support::leaf(&recorder, &[1.0, 2.0], &[1, 1, 1, 2]);
    let gamma = crate::support::constant(&recorder, &[3.0, -4.0], &[2]);
    let mode = BnMode::Running { mean: &[0.0; 2], var: &[4.0; 2] };
    let (y, _) = ops::batch_norm(&mut recorder, x.clone(), &gamma, &gamma, mode, 0.0).unwrap();
    assert_eq!(*y.data, [4.5, -8.0]);
    let mut grads = crate::support::backward(recorder, &y, &[1.0, 10.0]);
    assert_eq!(take_gradient(&mut grads, &x).unwrap(), [1.5, -20.0]);
    assert!(take_gradient(&mut grads, &gamma).is_err());
}

#[test]
fn element_wise_ops() {
    check("relu", &[apart(&[2, 3, 4, 3])], &|recorder, v| ops::relu(recorder, v[0].clone()).unwrap());
    for function in [Function::from(LeakyRelu { slope: 0.1 }), Sigmoid.into(), Silu.into()] {
        check(&format!("{function:?}"), &[apart(&[2, 3, 4, 3])], &|recorder, v| {
            ops::function(recorder, v[0].clone(), function).unwrap()
        });
    }
    let inputs = [random(&[2, 3, 2, 3], 1), random(&[2, 3, 2, 3], 2)];
    check("add", &inputs, &|recorder, v| ops::add(recorder, v[0].clone(), v[1].clone()).unwrap());
    check("add to itself", &inputs[..1], &|recorder, v| {
        ops::add(recorder, v[0].clone(), v[0].clone()).unwrap()
    });
}

#[test]
fn pools_and_shortcut() {
    check("max_pool2d", &[apart(&[2, 7, 6, 2])], &|recorder, v| {
        let geometry = PoolGeometry { dilation: [1, 2], ..POOLING };
        ops::max_pool2d(recorder, &v[0], geometry).unwrap()
    });
    for include in [false, true] {
        check("avg_pool2d", &[random(&[2, 7, 6, 2], 1)], &|recorder, v| {
            ops::avg_pool2d(recorder, &v[0], POOLING, include).unwrap()
        });
    }
    let x = [random(&[2, 5, 4, 3], 1)];
    check("global_avg_pool2d", &x, &|recorder, v| ops::global_avg_pool2d(recorder, &v[0]).unwrap());
    check("subsample_pad_channels", &x, &|recorder, v| {
        ops::subsample_pad_channels(recorder, &v[0], 7).unwrap()
    });
}

#[test]
fn linear_layer() {
    let inputs = [random(&[3, 5], 1), random(&[4, 5], 2), random(&[4], 3)];
    check("linear", &inputs, &|recorder, v| ops::linear(recorder, &v[0], &v[1], Some(&v[2])).unwrap());
}

#[test]
fn a_residual_block_with_shared_input() {
    let shapes: [&[usize]; 4] = [&[2, 4, 5, 3], &[3, 3, 3, 3], &[3], &[3]];
    let inputs: Vec<_> = shapes.iter().zip(1..).map(|(shape, seed)| random(shape, seed)).collect();
    check("residual block", &inputs, &|recorder, v| {
        let geometry = ConvGeometry { padding: [AxisPadding::even(1); 2], ..Default::default() };
        let branch = ops::conv2d(recorder, &v[0], &v[1], None, geometry).unwrap();
        let (branch, _) = ops::batch_norm(recorder, branch, &v[2], &v[3], BnMode::Batch, 1e-5).unwrap();
        let sum = ops::add(recorder, branch, v[0].clone()).unwrap();
        ops::global_avg_pool2d(recorder, &sum).unwrap()
    });
}
