use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only_image, same_channels};
use crate::graph::Extent;

/// The largest value of every channel, as an image of one pixel. The first of equal ones gets the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalMaxPool;

impl GlobalMaxPool {
    /// Index of the largest value of every channel of an image.
    fn winners(call: &LayerCall<'_>, image: usize) -> Vec<usize> {
        let (x, (channels, ..)) = (call.image(0, image), call.grid(0));
        let mut best: Vec<usize> = (0..channels).collect();
        for (at, value) in x.iter().enumerate().skip(channels) {
            let best = &mut best[at % channels];
            if *value > x[*best] || (value.is_nan() && !x[*best].is_nan()) {
                *best = at;
            }
        }
        best
    }
}

impl LayerFunction for GlobalMaxPool {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let (channels, ..) = only_image(inputs)?;
        Ok(Extent::Image { channels, height: 1, width: 1 })
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        call.each_image(output, |image, output| {
            let x = call.image(0, image);
            output.iter_mut().zip(Self::winners(call, image)).for_each(|(y, at)| *y = x[at]);
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let Some(target) = &mut to.inputs[0] else { return };
        let elements = call.inputs[0].extent.elements();
        let channels = call.extent.elements();
        for (image, target) in target.chunks_exact_mut(elements).enumerate() {
            let gradient = &gradient[image * channels..][..channels];
            Self::winners(call, image).into_iter().zip(gradient).for_each(|(at, part)| target[at] += part);
        }
    }
}
