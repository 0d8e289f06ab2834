use super::call::{each_pixel, each_pixel_of};
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only, same_channels};
use crate::graph::Extent;

/// Softmax over the channels of each position, or over a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Softmax;

fn softmax(input: &[f32], output: &mut [f32]) {
    let largest = input.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (y, x) in output.iter_mut().zip(input) {
        *y = (x - largest).exp();
        sum += *y;
    }
    output.iter_mut().for_each(|y| *y /= sum);
}

impl LayerFunction for Softmax {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        only(inputs)
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.extent.grid();
        each_pixel(output, channels, |pixel, output| {
            softmax(&call.inputs[0].values[pixel * channels..][..channels], output);
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, ..) = call.extent.grid();
        each_pixel_of(&mut to.inputs[0], channels, |pixel, target| {
            let mut y = vec![0.0; channels];
            softmax(&call.inputs[0].values[pixel * channels..][..channels], &mut y);
            let gradient = &gradient[pixel * channels..][..channels];
            let mean: f32 = gradient.iter().zip(&y).map(|(part, y)| part * y).sum();
            let parts = gradient.iter().zip(&y);
            target.iter_mut().zip(parts).for_each(|(target, (part, y))| *target += y * (part - mean));
        });
    }
}
