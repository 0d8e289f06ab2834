//! The tape interface as used in training: parameters under dfdx's tensors, thread independence, memory,
//! errors.

use std::sync::Arc;

use camlab_kernel::{AxisPadding, PoolGeometry};
use camlab_nn::ops::{self, BnMode};
use camlab_nn::{ConvGeometry, Recorder, parameter, take_gradient};
use dfdx::losses::cross_entropy_with_logits_loss;
use dfdx::prelude::{AsArray, Backward, Cpu, Tensor, TensorFromVec};

/// Square windows.
fn pooling(kernel: usize, stride: usize, padding: usize) -> PoolGeometry {
    let padding = [AxisPadding::even(padding); 2];
    PoolGeometry { kernel: [kernel; 2], stride: [stride; 2], padding, ..PoolGeometry::default() }
}

/// Loss and all gradients of a small network with every kind of layer, as bits.
fn network_step() -> Vec<Vec<u32>> {
    let device = Cpu::default();
    let mut recorder = Recorder::new(&device);
    let r = &mut recorder;
    let leaf = |r: &Recorder, shape: &[usize], seed| {
        crate::support::leaf(r, &crate::support::numbers(shape.iter().product(), seed), shape)
    };
    let x = leaf(r, &[9, 33, 29, 3], 1);
    let [stem, middle, head] = [(&[12, 3, 7, 7][..], 2), (&[12, 12, 3, 3], 3), (&[5, 12], 4)]
        .map(|(shape, seed)| leaf(r, shape, seed));
    let [gamma, beta, bias] = [(12, 5), (12, 6), (5, 7)].map(|(len, seed)| leaf(r, &[len], seed));
    let geometry = ConvGeometry { stride: [2; 2], padding: [AxisPadding::even(3); 2], ..Default::default() };
    let y = ops::conv2d(r, &x, &stem, None, geometry).unwrap();
    let (y, _) = ops::batch_norm(r, y, &gamma, &beta, BnMode::Batch, 1e-5).unwrap();
    let y = ops::relu(r, y).unwrap();
    let y = ops::max_pool2d(r, &y, pooling(3, 2, 1)).unwrap();
    let geometry = ConvGeometry { padding: [AxisPadding::even(1); 2], ..Default::default() };
    let branch = ops::conv2d(r, &y, &middle, None, geometry).unwrap();
    let y = ops::add(r, branch, y).unwrap();
    let y = ops::global_avg_pool2d(r, &y).unwrap();
    let logits = ops::linear(r, &y, &head, Some(&bias)).unwrap();
    let targets = (0..45).map(|i| f32::from(u8::from(i % 5 == i / 5 % 5))).collect::<Vec<_>>();
    let logits = recorder.into_logits(&logits).unwrap();
    let loss = cross_entropy_with_logits_loss(logits, device.tensor_from_vec(targets, (9, 5)));
    let mut found = vec![vec![loss.array().to_bits()]];
    let mut grads = loss.backward();
    for value in [&x, &stem, &middle, &head, &gamma, &beta, &bias] {
        let gradient = take_gradient(&mut grads, value).unwrap();
        assert!(gradient.iter().any(|&g| g != 0.0));
        found.push(gradient.into_iter().map(f32::to_bits).collect());
    }
    found
}

#[test]
fn a_step_is_bit_identical_on_one_two_and_three_threads() {
    let on =
        |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(network_step);
    let one = on(1);
    assert!(one == on(2));
    assert!(one == on(3));
}

#[test]
fn a_parameter_that_is_used_twice_gathers_its_gradient_under_dfdx_s_tensor() {
    let device = Cpu::default();
    let tensor: Tensor<(usize,), f32, Cpu> = device.tensor_from_vec(vec![2.0], (1,));
    let mut recorder = Recorder::new(&device);
    let x = crate::support::constant(&recorder, &[1.0, 2.0, 3.0, 4.0], &[2, 1, 2, 1]);
    let weight = parameter(&tensor, Arc::new(vec![2.0]), vec![1, 1, 1, 1], true);
    let y = ops::conv2d(&mut recorder, &x, &weight, None, ConvGeometry::default()).unwrap();
    assert_eq!(*y.data, [2.0, 4.0, 6.0, 8.0]);
    let y = ops::conv2d(&mut recorder, &y, &weight, None, ConvGeometry::default()).unwrap();
    // Derivative of the sum of w^2 x: 2 w times the sum of x.
    let grads = crate::support::backward(recorder, &y, &[1.0; 4]);
    assert_eq!(grads.get(&tensor).as_vec(), [40.0]);
}

#[test]
fn only_kept_activations_hold_their_gradient_after_the_backward_pass() {
    let mut recorder = Recorder::new(&Cpu::default());
    let x = crate::support::leaf(&recorder, &[1.0, -2.0, 3.0], &[1, 1, 3, 1]);
    let dropped = ops::relu(&mut recorder, x.clone()).unwrap();
    let kept = ops::add(&mut recorder, dropped.clone(), dropped.clone()).unwrap();
    recorder.keep(&kept);
    let y = ops::relu(&mut recorder, kept.clone()).unwrap();
    let mut grads = crate::support::backward(recorder, &y, &[1.0, 5.0, 7.0]);
    assert_eq!(take_gradient(&mut grads, &kept).unwrap(), [1.0, 0.0, 7.0]);
    assert_eq!(take_gradient(&mut grads, &dropped).unwrap(), [0.0; 3]);
    assert_eq!(take_gradient(&mut grads, &x).unwrap(), [2.0, 0.0, 14.0]);
}

#[test]
fn without_a_wanted_gradient_element_wise_ops_work_in_place() {
    let mut recorder = Recorder::new(&Cpu::default());
    let x = crate::support::constant(&recorder, &[1.0, -2.0], &[1, 1, 1, 2]);
    let one = crate::support::constant(&recorder, &[1.0; 2], &[2]);
    let place = x.data.as_ptr();
    let mode = BnMode::Running { mean: &[0.0; 2], var: &[1.0; 2] };
    let (y, _) = ops::batch_norm(&mut recorder, x, &one, &one, mode, 0.0).unwrap();
    let y = ops::relu(&mut recorder, y).unwrap();
    let other = crate::support::constant(&recorder, &[10.0; 2], &[1, 1, 1, 2]);
    let y = ops::add(&mut recorder, y, other).unwrap();
    assert_eq!((y.data.as_ptr(), &y.data[..]), (place, &[12.0, 10.0][..]));
}

#[test]
fn refusals_name_the_op_and_both_shapes() {
    let mut recorder = Recorder::new(&Cpu::default());
    let r = &mut recorder;
    let x = crate::support::constant(r, &[0.0; 24], &[1, 3, 4, 2]);
    let w = crate::support::constant(r, &[0.0; 27], &[1, 3, 3, 3]);
    let tall = crate::support::constant(r, &[0.0; 10], &[1, 2, 5, 1]);
    let geometry = ConvGeometry::default();
    let texts = [
        ops::conv2d(r, &x, &w, None, geometry).err().unwrap().to_string(),
        ops::conv2d(r, &x, &tall, None, geometry).err().unwrap().to_string(),
        ops::add(r, x.clone(), w.clone()).err().unwrap().to_string(),
        ops::linear(r, &x, &w, None).err().unwrap().to_string(),
        ops::max_pool2d(r, &x, pooling(3, 1, 3)).err().unwrap().to_string(),
        ops::batch_norm(r, tall.clone(), &x, &x, BnMode::Batch, 0.0).err().unwrap().to_string(),
        ops::subsample_pad_channels(r, &x, 5).err().unwrap().to_string(),
        recorder.into_logits(&x).err().unwrap().to_string(),
    ];
    let expected = [
        "conv2d cannot combine the input of shape [1, 3, 4, 2] with the weight of shape [1, 3, 3, 3]",
        "conv2d on an input of shape [1, 3, 4, 2]: a window of 5 (kernel 5, dilation 1) exceeds the input size 3 \
         with padding 0; use a larger input or a smaller window",
        "add cannot combine the left input of shape [1, 3, 4, 2] with the right input of shape [1, 3, 3, 3]",
        "linear cannot combine the input of shape [1, 3, 4, 2] with the weight of shape [1, 3, 3, 3]",
        "max_pool2d on an input of shape [1, 3, 4, 2]: the pooling's padding of 3 covers a whole window (kernel 3)",
        "batch_norm cannot combine the input of shape [1, 2, 5, 1] with gamma of shape [1, 3, 4, 2]",
        "subsample_pad_channels cannot combine the input of shape [1, 3, 4, 2] with the output of shape \
         [1, 2, 2, 5]",
        "logits takes logits of shape [n, c], not [1, 3, 4, 2]",
    ];
    assert_eq!(texts, expected);
}
