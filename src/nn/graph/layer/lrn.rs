use super::call::{each_pixel, each_pixel_of};
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only};
use crate::graph::Extent;

/// Local response normalisation (Krizhevsky et al. 2012): `x / (bias + alpha / size * sum x^2)^beta`, the sum over `size`
/// neighbouring channels. Of an even number one more lies after the channel than before it, as ONNX has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lrn {
    /// Number of channels.
    pub size: usize,
    /// Factor of the mean square.
    pub alpha: f32,
    /// Exponent.
    pub beta: f32,
    /// Constant.
    pub bias: f32,
}

impl Lrn {
    fn window(&self, channel: usize, channels: usize) -> std::ops::Range<usize> {
        let (before, after) = ((self.size.max(1) - 1) / 2, self.size / 2);
        channel.saturating_sub(before)..(channel + after + 1).min(channels)
    }

    /// The base of the power for every channel of a pixel.
    fn bases(&self, x: &[f32]) -> Vec<f32> {
        let factor = self.alpha / self.size as f32;
        let square = |at: usize| -> f32 { x[self.window(at, x.len())].iter().map(|x| x * x).sum() };
        (0..x.len()).map(|at| self.bias + factor * square(at)).collect()
    }
}

impl LayerFunction for Lrn {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        match self.size {
            0 => Err("normalises by 0 channels; at least 1".into()),
            _ => only(inputs),
        }
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    /// Neighbours matter.
    fn sources(&self, _: &[usize]) -> Option<Vec<ChannelSources>> {
        None
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.extent.grid();
        each_pixel(output, channels, |pixel, output| {
            let x = &call.inputs[0].values[pixel * channels..][..channels];
            let operands = x.iter().zip(self.bases(x));
            output.iter_mut().zip(operands).for_each(|(y, (x, base))| *y = x * base.powf(-self.beta));
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, ..) = call.extent.grid();
        each_pixel_of(&mut to.inputs[0], channels, |pixel, target| {
            let x = &call.inputs[0].values[pixel * channels..][..channels];
            let gradient = &gradient[pixel * channels..][..channels];
            let bases = self.bases(x);
            let factor = -2.0 * self.alpha * self.beta / self.size as f32;
            for (at, base) in bases.iter().enumerate() {
                target[at] += gradient[at] * base.powf(-self.beta);
                let share = factor * gradient[at] * x[at] * base.powf(-self.beta - 1.0);
                for near in self.window(at, channels) {
                    target[near] += share * x[near];
                }
            }
        });
    }
}
