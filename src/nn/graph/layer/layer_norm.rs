use super::call::{each_pixel, each_pixel_of};
use super::channel_affine::sum_affine;
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, LayerParameter, only, same_channels};
use crate::graph::{Extent, ParameterKind};

/// Normalisation over the channels of each position, or over a vector, followed by a trained scale and shift per channel
/// (Ba et al. 2016; ConvNeXt's `LayerNorm2d`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    /// Channels.
    pub channels: usize,
    /// Added to the variance.
    pub eps: f32,
}

/// Mean and reciprocal standard deviation, in `f64`.
pub(super) fn moments(values: impl Iterator<Item = f32> + Clone, eps: f32) -> [f64; 2] {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().map(f64::from).sum::<f64>() / count;
    let variance = values.map(|x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
    [mean, 1.0 / (variance + f64::from(eps)).sqrt()]
}

/// The scale and shift of a normalisation that is no batch norm.
pub(super) fn scale_and_shift(channels: usize) -> Vec<LayerParameter> {
    let shape = vec![channels];
    vec![
        LayerParameter { suffix: "weight", kind: ParameterKind::NormScale, shape: shape.clone() },
        LayerParameter { suffix: "bias", kind: ParameterKind::NormShift, shape },
    ]
}

impl LayerFunction for LayerNorm {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let input = only(inputs)?;
        match input.grid().0 == self.channels {
            true => Ok(input),
            false => Err(format!("normalises {} channels, but its input is {input}", self.channels)),
        }
    }

    fn channels(&self, _: &[usize]) -> usize {
        self.channels
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn parameters(&self) -> Vec<LayerParameter> {
        scale_and_shift(self.channels)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, scale, shift) = (self.channels, call.parameters[0], call.parameters[1]);
        each_pixel(output, channels, |pixel, output| {
            let x = &call.inputs[0].values[pixel * channels..][..channels];
            let [mean, rate] = moments(x.iter().copied(), self.eps).map(|moment| moment as f32);
            for (y, (x, (scale, shift))) in output.iter_mut().zip(x.iter().zip(scale.iter().zip(shift))) {
                *y = (x - mean) * rate * scale + shift;
            }
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, scale, x) = (self.channels, call.parameters[0], call.inputs[0].values);
        let mut normalised = vec![0.0; x.len()];
        each_pixel(&mut normalised, channels, |pixel, normalised| {
            let x = &x[pixel * channels..][..channels];
            let [mean, rate] = moments(x.iter().copied(), self.eps).map(|moment| moment as f32);
            normalised.iter_mut().zip(x).for_each(|(y, x)| *y = (x - mean) * rate);
        });
        each_pixel_of(&mut to.inputs[0], channels, |pixel, target| {
            let at = pixel * channels..(pixel + 1) * channels;
            let [_, rate] = moments(x[at.clone()].iter().copied(), self.eps);
            let scaled: Vec<f32> =
                gradient[at.clone()].iter().zip(scale).map(|(part, scale)| part * scale).collect();
            spread(rate, &scaled, &normalised[at], target);
        });
        sum_affine(&normalised, gradient, &mut to.parameters);
    }
}

/// Adds the gradient of normalised values' inputs: `rate (g - mean g - y mean(g y))`.
fn spread(rate: f64, gradient: &[f32], normalised: &[f32], target: &mut [f32]) {
    let count = gradient.len().max(1) as f64;
    let mean = gradient.iter().map(|part| f64::from(*part)).sum::<f64>() / count;
    let pairs = || gradient.iter().zip(normalised);
    let along = pairs().map(|(part, y)| f64::from(*part) * f64::from(*y)).sum::<f64>() / count;
    for (target, (part, y)) in target.iter_mut().zip(pairs()) {
        *target += (rate * (f64::from(*part) - mean - f64::from(*y) * along)) as f32;
    }
}
