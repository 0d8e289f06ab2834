use super::channel_affine::sum_affine;
use super::layer_norm::{moments, scale_and_shift};
use super::{
    ChannelSources, LayerCall, LayerFunction, LayerGradients, LayerParameter, only_image, same_channels,
};
use crate::graph::Extent;

/// Normalisation of every image over its positions and the channels of a group, followed by a trained scale and shift per
/// channel (Wu and He 2018). With a group per channel it is instance normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupNorm {
    /// Number of groups.
    pub groups: usize,
    /// Channels.
    pub channels: usize,
    /// Added to the variance.
    pub eps: f32,
}

impl GroupNorm {
    /// Indices of the values of a group in one image.
    fn places(&self, group: usize, values: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let (channels, each) = (self.channels, self.channels / self.groups);
        (0..values / channels)
            .flat_map(move |pixel| (0..each).map(move |at| pixel * channels + group * each + at))
    }
}

impl LayerFunction for GroupNorm {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let (channels, height, width) = only_image(inputs)?;
        match channels == self.channels && self.groups > 0 && channels.is_multiple_of(self.groups) {
            true => Ok(Extent::Image { channels, height, width }),
            false => Err(format!(
                "normalises {} channels in {} groups, but its input has {channels}",
                self.channels, self.groups
            )),
        }
    }

    fn channels(&self, _: &[usize]) -> usize {
        self.channels
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        // Channels of different groups are not interchangeable.
        let alike = self.groups == 1 || self.groups == self.channels;
        alike.then(|| same_channels(inputs)).flatten()
    }

    fn parameters(&self) -> Vec<LayerParameter> {
        scale_and_shift(self.channels)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (scale, shift) = (call.parameters[0], call.parameters[1]);
        call.each_image(output, |image, output| {
            let x = call.image(0, image);
            for group in 0..self.groups {
                let places = self.places(group, x.len());
                let [mean, rate] =
                    moments(places.clone().map(|at| x[at]), self.eps).map(|moment| moment as f32);
                for at in places {
                    let channel = at % self.channels;
                    output[at] = (x[at] - mean) * rate * scale[channel] + shift[channel];
                }
            }
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (scale, elements) = (call.parameters[0], call.extent.elements());
        let mut normalised = vec![0.0; gradient.len()];
        call.each_image(&mut normalised, |image, normalised| {
            let x = call.image(0, image);
            for group in 0..self.groups {
                let places = self.places(group, x.len());
                let [mean, rate] =
                    moments(places.clone().map(|at| x[at]), self.eps).map(|moment| moment as f32);
                places.for_each(|at| normalised[at] = (x[at] - mean) * rate);
            }
        });
        if let Some(target) = &mut to.inputs[0] {
            call.each_image(target, |image, target| {
                let (x, first) = (call.image(0, image), image * elements);
                for group in 0..self.groups {
                    let places = self.places(group, x.len());
                    let [_, rate] = moments(places.clone().map(|at| x[at]), self.eps);
                    let part = |at: usize| f64::from(gradient[first + at] * scale[at % self.channels]);
                    let y = |at: usize| f64::from(normalised[first + at]);
                    let count = places.clone().count().max(1) as f64;
                    let mean = places.clone().map(part).sum::<f64>() / count;
                    let along = places.clone().map(|at| part(at) * y(at)).sum::<f64>() / count;
                    places.for_each(|at| target[at] += (rate * (part(at) - mean - y(at) * along)) as f32);
                }
            });
        }
        sum_affine(&normalised, gradient, &mut to.parameters);
    }
}
