use super::{Function, Layer};
use camlab_kernel::{AxisPadding, ConvGeometry, PoolGeometry};

/// Sliding window of a convolution or pooling: `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Distance between windows, in pixels.
    pub stride: [usize; 2],
    /// Pixels around the input: zeros, which max pooling ignores.
    pub padding: [AxisPadding; 2],
    /// Distance between the window's taps, 1 for a dense one.
    pub dilation: [usize; 2],
}

impl Window {
    /// A dense square window.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        let padding = [AxisPadding::even(padding); 2];
        Self { kernel: [kernel; 2], stride: [stride; 2], padding, dilation: [1; 2] }
    }

    /// A dense window that keeps the size at stride 1 (`kernel` odd): padding `kernel / 2`.
    pub fn same(kernel: usize) -> Self {
        Self::square(kernel, 1, kernel / 2)
    }

    /// The same window with another stride.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }

    /// The same window with its taps `dilation` apart and its padding increased to keep the size.
    pub fn dilation(self, dilation: usize) -> Self {
        let padding = self.kernel.map(|kernel| AxisPadding::even(dilation * (kernel / 2)));
        Self { dilation: [dilation; 2], padding, ..self }
    }

    /// Number of windows that fit along `length` pixels of an axis, PyTorch's floor mode; `None` if none does.
    pub fn count(&self, axis: usize, length: usize) -> Option<usize> {
        Some(self.room(axis, length)?.checked_div(self.stride[axis])? + 1)
    }

    /// Pixels past the first at which a window fits.
    fn room(&self, axis: usize, length: usize) -> Option<usize> {
        let reach = self.dilation[axis] * (self.kernel[axis].checked_sub(1)?) + 1;
        (length + self.padding[axis].sum()).checked_sub(reach)
    }

    /// Number of taps.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Geometry of a convolution by this window.
    pub fn convolution(&self, groups: usize) -> ConvGeometry {
        let Self { stride, padding, dilation, .. } = *self;
        ConvGeometry { stride, padding, dilation, groups }
    }
}

impl std::fmt::Display for Window {
    /// Rows and columns: `3x3`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.kernel[0], self.kernel[1])
    }
}

/// Windows of a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pooling {
    /// The window.
    pub window: Window,
    /// True if the number of windows is rounded up: the last may reach beyond the padding (PyTorch's `ceil_mode`).
    pub ceil: bool,
}

impl Pooling {
    /// Number of windows along `length` pixels of an axis; `None` if none fits.
    pub fn count(&self, axis: usize, length: usize) -> Option<usize> {
        if !self.ceil {
            return self.window.count(axis, length);
        }
        let (stride, before) = (self.window.stride[axis], self.window.padding[axis].before);
        let windows = self.window.room(axis, length)?.checked_next_multiple_of(stride)? / stride + 1;
        // A window starts at the last pixel at the latest.
        Some(windows - usize::from((windows - 1) * stride >= length + before))
    }

    /// Geometry for the kernels.
    pub fn geometry(&self) -> PoolGeometry {
        let Window { kernel, stride, padding, dilation } = self.window;
        PoolGeometry { kernel, stride, padding, dilation, ceil: self.ceil }
    }
}

impl From<Window> for Pooling {
    fn from(window: Window) -> Self {
        Self { window, ceil: false }
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
    /// A 2-d convolution, weight `[output, input / groups, rows, columns]`.
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
    /// An operation on whole activations.
    Layer(Layer),
    /// Max pooling.
    MaxPool(Pooling),
    /// Average pooling.
    AvgPool {
        /// The windows.
        pooling: Pooling,
        /// True if the padding's zeros count in the mean (PyTorch's default).
        count_include_pad: bool,
    },
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
