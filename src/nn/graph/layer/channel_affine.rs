use super::call::{each_pixel, each_pixel_of};
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, LayerParameter, only, same_channels};
use crate::graph::{Extent, ParameterKind};

/// `x * scale + shift` with a scale and a shift per channel: what exporters make of a batch norm in inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelAffine {
    /// Channels.
    pub channels: usize,
}

impl LayerFunction for ChannelAffine {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let input = only(inputs)?;
        match input.grid().0 == self.channels {
            true => Ok(input),
            false => Err(format!("scales {} channels, but its input is {input}", self.channels)),
        }
    }

    fn channels(&self, _: &[usize]) -> usize {
        self.channels
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn parameters(&self) -> Vec<LayerParameter> {
        let shape = vec![self.channels];
        vec![
            LayerParameter { suffix: "weight", kind: ParameterKind::Gamma, shape: shape.clone() },
            LayerParameter { suffix: "bias", kind: ParameterKind::Beta, shape },
        ]
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (scale, shift) = (call.parameters[0], call.parameters[1]);
        each_pixel(output, self.channels, |pixel, output| {
            let input = &call.inputs[0].values[pixel * self.channels..][..self.channels];
            let operands = input.iter().zip(scale.iter().zip(shift));
            output.iter_mut().zip(operands).for_each(|(y, (x, (scale, shift)))| *y = x * scale + shift);
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, scale) = (self.channels, call.parameters[0]);
        each_pixel_of(&mut to.inputs[0], channels, |pixel, target| {
            let parts = gradient[pixel * channels..][..channels].iter().zip(scale);
            target.iter_mut().zip(parts).for_each(|(target, (part, scale))| *target += part * scale);
        });
        sum_affine(call.inputs[0].values, gradient, &mut to.parameters);
    }
}

/// Adds the gradients of a scale and a shift per channel: sums over all positions, in `f64`.
pub(super) fn sum_affine(normalised: &[f32], gradient: &[f32], to: &mut [Option<Vec<f32>>]) {
    let Some(channels) = to.iter().flatten().map(Vec::len).next() else { return };
    let mut sums = vec![[0.0f64; 2]; channels];
    for (gradient, x) in gradient.chunks_exact(channels).zip(normalised.chunks_exact(channels)) {
        for ([scale, shift], (gradient, x)) in sums.iter_mut().zip(gradient.iter().zip(x)) {
            (*scale, *shift) = (*scale + f64::from(*gradient) * f64::from(*x), *shift + f64::from(*gradient));
        }
    }
    for (place, target) in to.iter_mut().enumerate().take(2) {
        let Some(target) = target else { continue };
        target.iter_mut().zip(&sums).for_each(|(target, sums)| *target += sums[place] as f32);
    }
}
