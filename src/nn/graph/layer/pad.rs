use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only_image};
use crate::graph::Extent;
use camlab_kernel::AxisPadding;

/// Rows and columns around an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pad {
    /// Rows before and after, columns before and after.
    pub padding: [AxisPadding; 2],
    /// Their values.
    pub mode: PadMode,
}

/// Values of padded rows and columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PadMode {
    /// One value.
    Constant(f32),
    /// The image mirrored at its border pixels, which are not repeated (PyTorch: `reflect`).
    Reflect,
    /// The border pixels (PyTorch: `replicate`).
    Edge,
}

impl Pad {
    /// Index of the input for index `at` of the output along an axis; `None` for the constant.
    fn source(&self, axis: usize, at: usize, length: usize) -> Option<usize> {
        let before = self.padding[axis].before;
        let inside = at.checked_sub(before).filter(|inside| *inside < length);
        match self.mode {
            PadMode::Constant(_) => inside,
            PadMode::Edge => Some(inside.unwrap_or(if at < before { 0 } else { length - 1 })),
            PadMode::Reflect => Some(match at.checked_sub(before) {
                None => before - at,
                Some(inside) if inside < length => inside,
                Some(beyond) => 2 * (length - 1) - beyond,
            }),
        }
    }

    /// Calls `work` with every pixel of the output and that of the input, counted over all images.
    fn pixels(&self, call: &LayerCall<'_>, mut work: impl FnMut(usize, Option<usize>)) {
        let ((_, rows, columns), (_, height, width)) = (call.extent.grid(), call.grid(0));
        for row in 0..call.images * rows {
            let y = self.source(0, row % rows, height).map(|y| row / rows * height + y);
            for column in 0..columns {
                let x = self.source(1, column, width);
                work(row * columns + column, y.zip(x).map(|(y, x)| y * width + x));
            }
        }
    }
}

impl LayerFunction for Pad {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let (channels, height, width) = only_image(inputs)?;
        for (axis, length) in [height, width].into_iter().enumerate() {
            let AxisPadding { before, after } = self.padding[axis];
            if self.mode == PadMode::Reflect && before.max(after) >= length {
                return Err(format!("mirrors {} pixels of an axis of {length}", before.max(after)));
            }
        }
        let [height, width] =
            [(0, height), (1, width)].map(|(axis, length)| length + self.padding[axis].sum());
        Ok(Extent::Image { channels, height, width })
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        super::same_channels(inputs)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.extent.grid();
        let constant = if let PadMode::Constant(value) = self.mode { value } else { 0.0 };
        self.pixels(call, |to, from| {
            let output = &mut output[to * channels..][..channels];
            match from {
                Some(from) => output.copy_from_slice(&call.inputs[0].values[from * channels..][..channels]),
                None => output.fill(constant),
            }
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let Some(target) = &mut to.inputs[0] else { return };
        let (channels, ..) = call.extent.grid();
        self.pixels(call, |from, to| {
            let Some(to) = to else { return };
            let part = &gradient[from * channels..][..channels];
            target[to * channels..][..channels]
                .iter_mut()
                .zip(part)
                .for_each(|(target, part)| *target += part);
        });
    }
}
