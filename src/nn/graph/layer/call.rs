use camlab_kernel::spread_chunks;

use crate::graph::Extent;

/// One input of a call: the values of all images.
#[derive(Debug, Clone, Copy)]
pub struct LayerInput<'a> {
    /// The values, images after one another.
    pub values: &'a [f32],
    /// Shape of one image's.
    pub extent: Extent,
}

/// The operands of one computation.
#[derive(Debug, Clone)]
pub struct LayerCall<'a> {
    /// Inputs in the operation's order.
    pub inputs: Vec<LayerInput<'a>>,
    /// Parameters in the operation's order.
    pub parameters: Vec<&'a [f32]>,
    /// Number of images.
    pub images: usize,
    /// Shape of one image's output.
    pub extent: Extent,
}

/// Gradients to add to; `None` for those that nothing asks for.
#[derive(Debug, Clone, Default)]
pub struct LayerGradients {
    /// By input.
    pub inputs: Vec<Option<Vec<f32>>>,
    /// By parameter.
    pub parameters: Vec<Option<Vec<f32>>>,
}

/// Values per parallel task, about.
const TASK: usize = 1 << 15;

impl LayerCall<'_> {
    /// Channels, height and width of an input.
    pub fn grid(&self, input: usize) -> (usize, usize, usize) {
        self.inputs[input].extent.grid()
    }

    /// Values of an input for one image.
    pub fn image(&self, input: usize, image: usize) -> &[f32] {
        let LayerInput { values, extent } = self.inputs[input];
        &values[image * extent.elements()..][..extent.elements()]
    }

    /// Calls `work` for every image with its part of `output`, in parallel.
    pub fn each_image(&self, output: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync) {
        let length = self.extent.elements().max(1);
        in_parts(output, length, work);
    }
}

/// Calls `work` with the number of every part of `length` values and the part, in parallel.
fn in_parts(values: &mut [f32], length: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    let together = (TASK / length).max(1);
    spread_chunks(values, together * length, &|chunk, values: &mut [f32]| {
        for (part, values) in values.chunks_exact_mut(length).enumerate() {
            work(chunk * together + part, values);
        }
    });
}

/// Calls `work` with the number of every pixel and its values, `channels` each, in parallel.
pub(super) fn each_pixel(values: &mut [f32], channels: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    in_parts(values, channels.max(1), work);
}

/// Adds to every gradient of an input, pixel by pixel, what `work` computes of it.
pub(super) fn each_pixel_of(
    gradient: &mut Option<Vec<f32>>,
    channels: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    if let Some(gradient) = gradient {
        each_pixel(gradient, channels, work);
    }
}
