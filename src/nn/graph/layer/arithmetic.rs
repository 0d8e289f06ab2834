use super::call::each_pixel;
use super::{ChannelSources, LayerCall, LayerFunction, LayerGradients, same_channels};
use crate::graph::Extent;

/// `a + b`, `a - b`, `a * b` or `a / b` of two activations. Along an axis where one has the length 1, its value stands for
/// all of the other's: a factor per channel, as in squeeze-and-excitation, is an image of one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arithmetic {
    /// The operation.
    pub op: ArithmeticOp,
}

/// An arithmetic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
    /// `a / b`.
    Div,
}

impl ArithmeticOp {
    fn value(self, a: f32, b: f32) -> f32 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
        }
    }

    /// Derivatives by `a` and by `b`.
    fn slopes(self, a: f32, b: f32) -> [f32; 2] {
        match self {
            Self::Add => [1.0, 1.0],
            Self::Sub => [1.0, -1.0],
            Self::Mul => [b, a],
            Self::Div => [1.0 / b, -a / (b * b)],
        }
    }
}

/// Steps from one position of the output to the next in an operand: 0 along an axis that it lacks.
#[derive(Clone, Copy)]
struct Strides {
    image: usize,
    row: usize,
    column: usize,
    channel: usize,
}

impl Strides {
    fn of(extent: Extent) -> Self {
        let (channels, height, width) = extent.grid();
        let along = |length: usize, stride: usize| if length == 1 { 0 } else { stride };
        Self {
            image: extent.elements(),
            row: along(height, width * channels),
            column: along(width, channels),
            channel: along(channels, 1),
        }
    }

    /// First value of the operand's channels for a pixel of the output, counted over all images.
    fn at(&self, pixel: usize, height: usize, width: usize) -> usize {
        let (row, x) = (pixel / width, pixel % width);
        row / height * self.image + row % height * self.row + x * self.column
    }
}

impl LayerFunction for Arithmetic {
    fn extent(&self, inputs: &[Extent]) -> Result<Extent, String> {
        let [a, b] = inputs else {
            return Err(format!("needs two inputs, and has {}", inputs.len()));
        };
        let misfit = || format!("combines activations of different shapes, {a} and {b}");
        let ((c, h, w), (d, i, j)) = (a.grid(), b.grid());
        let longer = |x: usize, y: usize| match (x, y) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            _ => Err(misfit()),
        };
        let (channels, height, width) = (longer(c, d)?, longer(h, i)?, longer(w, j)?);
        match (a, b) {
            (Extent::Vector { .. }, Extent::Vector { .. }) => Ok(Extent::Vector { length: channels }),
            (Extent::Image { .. }, Extent::Image { .. }) => Ok(Extent::Image { channels, height, width }),
            _ => Err(misfit()),
        }
    }

    fn channels(&self, inputs: &[usize]) -> usize {
        inputs.iter().copied().max().unwrap_or(0)
    }

    fn sources(&self, inputs: &[usize]) -> Option<Vec<ChannelSources>> {
        match inputs {
            // A value for all channels carries none of them.
            [count, 1] | [1, count] if *count > 1 => {
                let wide = usize::from(inputs[0] == 1);
                Some((0..*count).map(|channel| vec![(wide, channel)]).collect())
            }
            _ => same_channels(inputs),
        }
    }

    fn values(&self, call: &LayerCall<'_>, output: &mut [f32]) {
        let (channels, height, width) = call.extent.grid();
        let [a, b] = [call.inputs[0], call.inputs[1]];
        let strides = [a, b].map(|input| Strides::of(input.extent));
        each_pixel(output, channels, |pixel, output| {
            let [a, b] = [(a, strides[0]), (b, strides[1])]
                .map(|(input, strides)| &input.values[strides.at(pixel, height, width)..]);
            match strides.map(|strides| strides.channel) {
                [1, 1] => {
                    let pairs = a.iter().zip(b);
                    output.iter_mut().zip(pairs).for_each(|(y, (a, b))| *y = self.op.value(*a, *b));
                }
                [1, _] => output.iter_mut().zip(a).for_each(|(y, a)| *y = self.op.value(*a, b[0])),
                [_, 1] => output.iter_mut().zip(b).for_each(|(y, b)| *y = self.op.value(a[0], *b)),
                _ => output.fill(self.op.value(a[0], b[0])),
            }
        });
    }

    fn gradients(&self, call: &LayerCall<'_>, gradient: &[f32], to: &mut LayerGradients) {
        let (channels, height, width) = call.extent.grid();
        let strides = [0, 1].map(|input: usize| Strides::of(call.inputs[input].extent));
        for (side, target) in to.inputs.iter_mut().enumerate() {
            let Some(target) = target else { continue };
            // Positions that share a value add to one gradient: in order, so that the sum does not depend on threads.
            for (pixel, gradient) in gradient.chunks_exact(channels).enumerate() {
                let [a, b] = strides.map(|strides| strides.at(pixel, height, width));
                let own = [a, b][side];
                for (channel, gradient) in gradient.iter().enumerate() {
                    let a = call.inputs[0].values[a + channel * strides[0].channel];
                    let b = call.inputs[1].values[b + channel * strides[1].channel];
                    target[own + channel * strides[side].channel] += gradient * self.op.slopes(a, b)[side];
                }
            }
        }
    }
}
