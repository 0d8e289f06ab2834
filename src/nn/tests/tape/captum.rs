//! Activations and gradients on the tape give the Grad-CAM maps that Captum's tests publish.
//!
//! Source: `tests/attr/layer/test_grad_cam.py` of Captum 0.8 with `BasicModel_ConvNet_One_Conv`: a 3x3
//! convolution from 1 to 2 channels with weights of one and biases -50 and -75, ReLU, a linear layer with
//! rows of five ones and three minus ones, ReLU; the input is 0..16 as a 4x4 image, the target output 0.
//! Captum's Grad-CAM averages gradients over the pixels and applies no ReLU to the map.

use camlab_nn::{ConvGeometry, Recorder, Value, ops, take_gradient};
use dfdx::prelude::Cpu;

/// The Grad-CAM map at `conv1`, or at `relu1`.
fn grad_cam(at_relu: bool) -> Vec<f32> {
    let mut recorder = Recorder::new(&Cpu::default());
    let image: Vec<f32> = (0..16u8).map(f32::from).collect();
    let x = crate::support::leaf(&recorder, &image, &[1, 4, 4, 1]);
    let weight = crate::support::constant(&recorder, &[1.0; 18], &[2, 1, 3, 3]);
    let bias = crate::support::constant(&recorder, &[-50.0, -75.0], &[2]);
    let conv = ops::conv2d(&mut recorder, &x, &weight, Some(&bias), ConvGeometry::default()).unwrap();
    let relu = ops::relu(&mut recorder, conv.clone()).unwrap();
    let tap = if at_relu { relu.clone() } else { conv };
    recorder.keep(&tap);
    // Captum's layer reads channels first; here the channels of a pixel are adjacent.
    let row = [1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0];
    let rows: Vec<f32> = (0..8).map(|at| row[at % 2 * 4 + at / 2]).collect::<Vec<_>>().repeat(4);
    let fc = crate::support::constant(&recorder, &rows, &[4, 8]);
    let features = Value { shape: vec![1, 8], ..relu };
    let output = ops::linear(&mut recorder, &features, &fc, None).unwrap();
    let output = ops::relu(&mut recorder, output).unwrap();
    let mut grads = crate::support::backward(recorder, &output, &[1.0, 0.0, 0.0, 0.0]);
    let gradient = take_gradient(&mut grads, &tap).unwrap();
    let mut map = vec![0.0; 4];
    for channel in 0..2 {
        let weight = gradient.iter().skip(channel).step_by(2).sum::<f32>() / 4.0;
        let activation = tap.data.iter().skip(channel).step_by(2);
        map.iter_mut().zip(activation).for_each(|(pixel, value)| *pixel += weight * value);
    }
    map
}

#[test]
fn map_at_the_convolution() {
    assert_eq!(grad_cam(false), [11.25, 13.5, 20.25, 22.5]);
}

#[test]
fn map_at_the_relu() {
    assert_eq!(grad_cam(true), [0.0, 4.0, 28.0, 32.5]);
}
