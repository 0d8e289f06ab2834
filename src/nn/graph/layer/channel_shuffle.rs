use super::call::{each_pixel, each_pixel_of};
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only};
use crate::graph::Extent;

/// Channels in `groups` runs, dealt out in turn: output channel `i groups + g` is channel `g (c / groups) + i` (Zhang et al.
/// 2018, ShuffleNet).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelShuffle {
    /// Number of runs.
    pub groups: usize,
}

impl ChannelShuffle {
    fn source(&self, channel: usize, channels: usize) -> usize {
        channel % self.groups * (channels / self.groups) + channel / self.groups
    }
}

impl LayerFunction for ChannelShuffle {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let input = only(inputs)?;
        let (channels, ..) = input.grid();
        match self.groups > 0 && channels.is_multiple_of(self.groups) {
            true => Ok(input),
            false => Err(format!("shuffles {channels} channels in {} groups", self.groups)),
        }
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        let channels = *inputs.first()?;
        Some((0..channels).map(|channel| vec![(0, self.source(channel, channels))]).collect())
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.extent.grid();
        each_pixel(output, channels, |pixel, output| {
            let input = &call.inputs[0].values[pixel * channels..][..channels];
            output.iter_mut().enumerate().for_each(|(at, y)| *y = input[self.source(at, channels)]);
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, ..) = call.extent.grid();
        each_pixel_of(&mut to.inputs[0], channels, |pixel, target| {
            let gradient = &gradient[pixel * channels..][..channels];
            gradient.iter().enumerate().for_each(|(at, part)| target[self.source(at, channels)] += part);
        });
    }
}
