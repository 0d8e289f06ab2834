use super::Function;

/// Square sliding window of a convolution or pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns of the window.
    pub kernel: usize,
    /// Distance between windows, in pixels.
    pub stride: usize,
    /// Zeros around the input, in pixels; max pooling ignores them.
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

    /// The same window with its taps `dilation` apart and its padding increased to keep the size.
    pub fn dilation(self, dilation: usize) -> Self {
        Self { dilation, padding: dilation * (self.kernel / 2), ..self }
    }

    /// Number of windows that fit along `length` pixels, PyTorch's floor mode; `None` if none does.
    pub fn count(&self, length: usize) -> Option<usize> {
        let reach = self.dilation * (self.kernel.checked_sub(1)?) + 1;
        let room = (length + 2 * self.padding).checked_sub(reach)?;
        Some(room.checked_div(self.stride)? + 1)
    }
}

/// Operation of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// The graph's input, `[n, h, w, channels]`.
    Input {
        /// Channels.
        channels: usize,
    },
    /// A 2-d convolution, weight `[output, input / groups, kernel, kernel]`.
    Conv {
        /// Input channels.
        input: usize,
        /// Output channels.
        output: usize,
        /// Kernel, stride, padding and dilation.
        window: Window,
        /// Number of channel groups, convolved separately.
        groups: usize,
        /// True if it has a bias.
        bias: bool,
    },
    /// Batch normalisation over `n, h, w`.
    BatchNorm {
        /// Channels.
        channels: usize,
        /// Added to the variance.
        eps: f32,
        /// Weight of a batch's statistics in the running ones (PyTorch's convention).
        momentum: f32,
    },
    /// `max(x, 0)`.
    Relu,
    /// Another element-wise function.
    Function(Function),
    /// The sum of two activations of one shape.
    Add,
    /// Max pooling.
    MaxPool(Window),
    /// Average pooling, padding counted (PyTorch's default).
    AvgPool(Window),
    /// Global average pooling: `[n, h, w, c]` to `[n, c]`.
    GlobalAvgPool,
    /// Flattening of a `height` x `width` feature map, in PyTorch's order (channel, row, column):
    /// `[n, h, w, c]` to `[n, c * h * w]`.
    Flatten {
        /// Rows of the feature map; others are rejected.
        height: usize,
        /// Columns of the feature map; others are rejected.
        width: usize,
    },
    /// `x W^T + b`, weight `[output, input]`.
    Linear {
        /// Input features.
        input: usize,
        /// Output features.
        output: usize,
    },
    /// He et al.'s parameter-free shortcut (option A): every second pixel, new channels zero, half of them
    /// before the old ones and half after (akamaster/pytorch_resnet_cifar10).
    OptionA {
        /// Input channels.
        input: usize,
        /// Output channels.
        output: usize,
    },
}
