use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, only_image, same_channels};
use crate::graph::Extent;

/// Another grid by interpolation (ONNX: `Resize`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resize {
    /// Rows and columns of the output, or factors of those of the input.
    pub size: ResizeSize,
    /// Interpolation.
    pub mode: ResizeMode,
    /// Places of the output's pixels in the input.
    pub coordinates: ResizeCoordinates,
}

/// Size of a resized grid: `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ResizeSize {
    /// Pixels.
    Pixels([usize; 2]),
    /// Factors; sizes are rounded down.
    Factors([f32; 2]),
}

/// Interpolation of a resized grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ResizeMode {
    /// The value of the nearest pixel; a tie and the direction by the rounding.
    Nearest(Rounding),
    /// Linear along both axes.
    Linear,
    /// Cubic convolution over four pixels along either axis, with this coefficient (PyTorch: -0.75).
    Cubic(f32),
}

/// Rounding of a coordinate to a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Down (PyTorch).
    Floor,
    /// Up.
    Ceil,
    /// To the nearest, half down.
    HalfDown,
    /// To the nearest, half up.
    HalfUp,
}

/// Place `x` of output pixel `i` in the input, for a factor `f` from input to output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResizeCoordinates {
    /// `(i + 0.5) / f - 0.5`.
    HalfPixel,
    /// The same, but 0 for an output of one pixel.
    HalfPixelOrZero,
    /// `i / f`.
    Asymmetric,
    /// `i (n - 1) / (m - 1)` for `n` input and `m` output pixels: corners stay in place.
    AlignCorners,
}

/// The input pixels of an output pixel along one axis, with their weights.
type AxisTaps = Vec<(usize, f32)>;

impl Resize {
    fn length(&self, axis: usize, length: usize) -> usize {
        match self.size {
            ResizeSize::Pixels(size) => size[axis],
            ResizeSize::Factors(factors) => (length as f32 * factors[axis]).floor().max(0.0) as usize,
        }
    }

    fn taps(&self, axis: usize, length: usize, out: usize) -> Vec<AxisTaps> {
        let factor = match self.size {
            ResizeSize::Factors(factors) => f64::from(factors[axis]),
            ResizeSize::Pixels(_) => out as f64 / length as f64,
        };
        let inside = |at: i64| at.clamp(0, length as i64 - 1) as usize;
        let of_pixel = |index: usize| -> AxisTaps {
            let i = index as f64;
            let x = match self.coordinates {
                ResizeCoordinates::HalfPixelOrZero if out == 1 => 0.0,
                ResizeCoordinates::HalfPixel | ResizeCoordinates::HalfPixelOrZero => (i + 0.5) / factor - 0.5,
                ResizeCoordinates::Asymmetric => i / factor,
                ResizeCoordinates::AlignCorners if out == 1 => 0.0,
                // By the length before rounding, as ONNX has it.
                ResizeCoordinates::AlignCorners => i * (length as f64 - 1.0) / (length as f64 * factor - 1.0),
            };
            match self.mode {
                ResizeMode::Nearest(rounding) => {
                    let at = match rounding {
                        Rounding::Floor => x.floor(),
                        Rounding::Ceil => x.ceil(),
                        Rounding::HalfDown => (x - 0.5).ceil(),
                        Rounding::HalfUp => (x + 0.5).floor(),
                    };
                    vec![(inside(at as i64), 1.0)]
                }
                ResizeMode::Linear => {
                    let (at, part) = (x.floor() as i64, x - x.floor());
                    vec![(inside(at), (1.0 - part) as f32), (inside(at + 1), part as f32)]
                }
                ResizeMode::Cubic(a) => {
                    let (at, part, a) = (x.floor() as i64, x - x.floor(), f64::from(a));
                    let near = |t: f64| ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
                    let far = |t: f64| ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a;
                    let weights = [far(part + 1.0), near(part), near(1.0 - part), far(2.0 - part)];
                    (0..).zip(weights).map(|(tap, weight)| (inside(at - 1 + tap), weight as f32)).collect()
                }
            }
        };
        (0..out).map(of_pixel).collect()
    }

    /// Calls `work` with every pixel of the output, a pixel of the input that it reads, and its weight.
    fn each(&self, call: &LayerCall<'_>, mut work: impl FnMut(usize, usize, f32)) {
        let ((_, rows, columns), (_, height, width)) = (call.extent.grid(), call.grid(0));
        let (down, across) = (self.taps(0, height, rows), self.taps(1, width, columns));
        for (row, down) in down.iter().enumerate() {
            for (column, across) in across.iter().enumerate() {
                for (y, of_row) in down {
                    across.iter().for_each(|(x, weight)| {
                        work(row * columns + column, y * width + x, of_row * weight);
                    });
                }
            }
        }
    }
}

impl LayerFunction for Resize {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let (channels, height, width) = only_image(inputs)?;
        let (rows, columns) = (self.length(0, height), self.length(1, width));
        match rows > 0 && columns > 0 {
            true => Ok(Extent::Image { channels, height: rows, width: columns }),
            false => Err(format!("makes an image of {rows}x{columns} from {height}x{width}")),
        }
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.first().copied().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        same_channels(inputs)
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, ..) = call.grid(0);
        call.each_image(output, |image, output| {
            output.fill(0.0);
            let x = call.image(0, image);
            self.each(call, |to, from, weight| {
                let x = &x[from * channels..][..channels];
                let output = &mut output[to * channels..][..channels];
                output.iter_mut().zip(x).for_each(|(sum, x)| *sum += x * weight);
            });
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let Some(target) = &mut to.inputs[0] else { return };
        let (channels, ..) = call.grid(0);
        let (elements, each) = (call.inputs[0].extent.elements(), call.extent.elements());
        for (image, target) in target.chunks_exact_mut(elements).enumerate() {
            self.each(call, |from, to, weight| {
                let part = &gradient[image * each + from * channels..][..channels];
                let target = &mut target[to * channels..][..channels];
                target.iter_mut().zip(part).for_each(|(target, part)| *target += part * weight);
            });
        }
    }
}
