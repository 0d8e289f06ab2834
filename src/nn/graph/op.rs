/// How a square window slides: shared by convolution and pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns of the window.
    pub kernel: usize,
    /// Steps between windows, in pixels.
    pub stride: usize,
    /// Zeros (for a maximum: nothing) around the input, in pixels.
    pub padding: usize,
    /// Distance between the window's taps, 1 for a dense one.
    pub dilation: usize,
}

impl Window {
    /// A dense window that keeps the size at stride 1 (`kernel` odd): padding `kernel / 2`.
    pub fn same(kernel: usize) -> Self {
        Self { kernel, stride: 1, padding: kernel / 2, dilation: 1 }
    }

    /// The same window with another stride.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same window, its taps `dilation` apart and its padding grown to keep the size.
    pub fn dilation(self, dilation: usize) -> Self {
        Self { dilation, padding: dilation * (self.kernel / 2), ..self }
    }

    /// How many windows fit along `length` pixels, torch's floor mode; `None` when not one does.
    pub fn count(&self, length: usize) -> Option<usize> {
        let reach = self.dilation * (self.kernel.checked_sub(1)?) + 1;
        let room = (length + 2 * self.padding).checked_sub(reach)?;
        Some(room.checked_div(self.stride)? + 1)
    }
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// The graph's input, `[n, h, w, channels]`.
    Input {
        /// Channels.
        channels: usize,
    },
    /// A 2-d convolution, weight `[output, input / groups, kernel, kernel]`.
    Conv {
        /// Channels read.
        input: usize,
        /// Channels made.
        output: usize,
        /// Kernel, stride, padding and dilation.
        window: Window,
        /// Groups of channels that do not mix.
        groups: usize,
        /// Whether it has a bias.
        bias: bool,
    },
    /// Batch normalisation over `n, h, w`.
    BatchNorm {
        /// Channels.
        channels: usize,
        /// What is added to the variance.
        eps: f32,
        /// Weight of a batch's statistics in the running ones (torch's convention).
        momentum: f32,
    },
    /// `max(x, 0)`.
    Relu,
    /// The sum of two activations of one shape.
    Add,
    /// The maximum of each window.
    MaxPool(Window),
    /// The mean of each window, padding counted (torch's default).
    AvgPool(Window),
    /// The mean over all positions: `[n, h, w, c]` to `[n, c]`.
    GlobalAvgPool,
    /// All numbers of a `height` x `width` grid in one row, in torch's order (channel, row, column):
    /// `[n, h, w, c]` to `[n, c * h * w]`.
    Flatten {
        /// Rows of the only grid it takes.
        height: usize,
        /// Columns of the only grid it takes.
        width: usize,
    },
    /// `x W^T + b`, weight `[output, input]`.
    Linear {
        /// Features read.
        input: usize,
        /// Features made.
        output: usize,
    },
    /// He et al.'s parameter-free shortcut (option A): every second pixel, new channels zero, half of them
    /// before the old ones and half behind (akamaster/pytorch_resnet_cifar10).
    OptionA {
        /// Channels read.
        input: usize,
        /// Channels made.
        output: usize,
    },
}
