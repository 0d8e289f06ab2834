use super::call::{each_pixel, each_pixel_of};
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients};
use crate::graph::Extent;

/// Activations of one grid side by side along the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concat;

impl LayerFunction for Concat {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let Some(first) = inputs.first() else { return Err("needs an input".into()) };
        let (_, height, width) = first.grid();
        let vectors = inputs.iter().filter(|input| matches!(input, Extent::Vector { .. })).count();
        let fits = inputs.iter().all(|input| (input.grid().1, input.grid().2) == (height, width));
        if !fits || (vectors > 0 && vectors < inputs.len()) {
            let shapes: Vec<String> = inputs.iter().map(Extent::to_string).collect();
            return Err(format!("joins activations of different grids, {}", shapes.join(", ")));
        }
        let channels = inputs.iter().map(|input| input.grid().0).sum();
        Ok(match vectors {
            0 => Extent::Image { channels, height, width },
            _ => Extent::Vector { length: channels },
        })
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.iter().sum()
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        let of_input = |(input, channels): (usize, &usize)| {
            (0..*channels).map(move |channel| vec![(input, channel)]).collect::<Vec<_>>()
        };
        Some(inputs.iter().enumerate().flat_map(of_input).collect())
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.extent.grid();
        each_pixel(output, channels, |pixel, mut output| {
            for input in &call.inputs {
                let (own, ..) = input.extent.grid();
                let (part, rest) = output.split_at_mut(own);
                part.copy_from_slice(&input.values[pixel * own..][..own]);
                output = rest;
            }
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, ..) = call.extent.grid();
        let mut before = 0;
        for (input, target) in call.inputs.iter().zip(&mut to.inputs) {
            let (own, ..) = input.extent.grid();
            each_pixel_of(target, own, |pixel, target| {
                let part = &gradient[pixel * channels + before..][..own];
                target.iter_mut().zip(part).for_each(|(target, part)| *target += part);
            });
            before += own;
        }
    }
}
