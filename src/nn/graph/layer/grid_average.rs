use std::ops::Range;

use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only_image, same_channels};
use crate::graph::Extent;

/// Averages over the cells of a grid: cell `i` of `n` covers positions `floor(i l / n)` to `ceil((i + 1) l / n)` of `l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GridAverage {
    /// Rows of the grid; `None` keeps those of the input.
    pub height: Option<usize>,
    /// Columns of the grid; `None` keeps those of the input.
    pub width: Option<usize>,
}

impl GridAverage {
    /// The mean of every channel, as an image of one pixel.
    pub const GLOBAL: Self = Self { height: Some(1), width: Some(1) };
}

fn cell(at: usize, length: usize, count: usize) -> Range<usize> {
    at * length / count..((at + 1) * length).div_ceil(count)
}

/// Calls `work` with every pixel of the grid and its cell of an image.
fn cells(call: &LayerCall<'_>, mut work: impl FnMut(usize, Range<usize>, Range<usize>)) {
    let ((_, rows, columns), (_, height, width)) = (call.extent.grid(), call.grid(0));
    for pixel in 0..rows * columns {
        work(pixel, cell(pixel / columns, height, rows), cell(pixel % columns, width, columns));
    }
}

impl LayerFunction for GridAverage {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let (channels, height, width) = only_image(inputs)?;
        let [height, width] = [self.height.unwrap_or(height), self.width.unwrap_or(width)];
        match height > 0 && width > 0 {
            true => Ok(Extent::Image { channels, height, width }),
            false => Err("averages over a grid without cells".into()),
        }
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, _, width) = call.grid(0);
        call.each_image(output, |image, output| {
            let x = call.image(0, image);
            cells(call, |pixel, rows, columns| {
                let output = &mut output[pixel * channels..][..channels];
                output.fill(0.0);
                let share = 1.0 / (rows.len() * columns.len()) as f32;
                for at in rows.flat_map(|y| columns.clone().map(move |x| y * width + x)) {
                    let x = &x[at * channels..][..channels];
                    output.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
                }
                output.iter_mut().for_each(|sum| *sum *= share);
            });
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let Some(target) = &mut to.inputs[0] else { return };
        let (channels, _, width) = call.grid(0);
        let (elements, each) = (call.inputs[0].extent.elements(), call.extent.elements());
        for (image, target) in target.chunks_exact_mut(elements).enumerate() {
            cells(call, |pixel, rows, columns| {
                let gradient = &gradient[image * each + pixel * channels..][..channels];
                let share = 1.0 / (rows.len() * columns.len()) as f32;
                for at in rows.flat_map(|y| columns.clone().map(move |x| y * width + x)) {
                    let target = &mut target[at * channels..][..channels];
                    target.iter_mut().zip(gradient).for_each(|(target, part)| *target += part * share);
                }
            });
        }
    }
}
