use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only};
use crate::graph::Extent;

/// Every `step`-th channel, row and column from `start` on, `count` of them: `[channels, rows, columns]`; all to the end
/// where `count` is `None`. A vector has one row and one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// First index.
    pub start: [usize; 3],
    /// Number of indices.
    pub count: [Option<usize>; 3],
    /// Distance between two indices.
    pub step: [usize; 3],
}

impl Slice {
    /// A run of channels.
    pub fn of_channels(start: usize, count: usize) -> Self {
        Self { start: [start, 0, 0], count: [Some(count), None, None], step: [1; 3] }
    }

    /// Number of indices along an axis of some length; `None` if they do not lie within it.
    fn length(&self, axis: usize, length: usize) -> Option<usize> {
        let (start, step) = (self.start[axis], self.step[axis]);
        let most = length.checked_sub(start)?.checked_add(step - 1)?.checked_div(step)?;
        match self.count[axis] {
            None => Some(most),
            Some(count) => (count <= most).then_some(count),
        }
    }

    /// Calls `work` with every pixel of the output and that of the input, counted over all images.
    fn pixels(&self, call: &LayerCall<'_>, mut work: impl FnMut(usize, usize)) {
        let ((_, rows, columns), (_, height, width)) = (call.extent.grid(), call.grid(0));
        for row in 0..call.images * rows {
            let y = row / rows * height + self.start[1] + row % rows * self.step[1];
            for column in 0..columns {
                work(row * columns + column, y * width + self.start[2] + column * self.step[2]);
            }
        }
    }
}

impl LayerFunction for Slice {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let input = only(inputs)?;
        let (channels, height, width) = input.grid();
        if self.step.contains(&0) {
            return Err("takes every 0th index; a step is at least 1".into());
        }
        let mut lengths = [0; 3];
        for (axis, length) in [channels, height, width].into_iter().enumerate() {
            let found = self.length(axis, length).filter(|found| *found > 0);
            let Some(found) = found else {
                return Err(format!("takes a part that {input} does not have"));
            };
            lengths[axis] = found;
        }
        let [channels, height, width] = lengths;
        Ok(match input {
            Extent::Image { .. } => Extent::Image { channels, height, width },
            Extent::Vector { .. } => Extent::Vector { length: channels },
        })
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().and_then(|channels| self.length(0, *channels)).unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        let from = |channel: usize| vec![(0, self.start[0] + channel * self.step[0])];
        Some((0..self.channels(inputs)).map(from).collect())
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let ((channels, ..), (all, ..)) = (call.extent.grid(), call.grid(0));
        self.pixels(call, |to, from| {
            let from = &call.inputs[0].values[from * all..][..all];
            let from = from.iter().skip(self.start[0]).step_by(self.step[0]);
            output[to * channels..][..channels].iter_mut().zip(from).for_each(|(y, x)| *y = *x);
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let Some(target) = &mut to.inputs[0] else { return };
        let ((channels, ..), (all, ..)) = (call.extent.grid(), call.grid(0));
        self.pixels(call, |from, to| {
            let target = target[to * all..][..all].iter_mut().skip(self.start[0]).step_by(self.step[0]);
            target.zip(&gradient[from * channels..][..channels]).for_each(|(target, part)| *target += part);
        });
    }
}
