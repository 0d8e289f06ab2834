//! Shapes of a convolution and of a pooling, validated once.

use super::KernelError;
use super::window::{AxisPadding, AxisWindow};

/// Geometry of a convolution: `[vertical, horizontal]`, as in PyTorch's `Conv2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvGeometry {
    /// Distance between adjacent windows.
    pub stride: [usize; 2],
    /// Zeros around the input.
    pub padding: [AxisPadding; 2],
    /// Distance between adjacent elements of a window.
    pub dilation: [usize; 2],
    /// Number of channel groups convolved separately; the number of channels for a depthwise convolution.
    pub groups: usize,
}

impl Default for ConvGeometry {
    /// Stride 1, no padding, no dilation, one group.
    fn default() -> Self {
        Self { stride: [1; 2], padding: [AxisPadding::default(); 2], dilation: [1; 2], groups: 1 }
    }
}

/// The sizes of one convolution, validated against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    pub(super) batch: usize,
    pub(super) in_channels: usize,
    pub(super) in_size: [usize; 2],
    pub(super) out_channels: usize,
    pub(super) out_size: [usize; 2],
    pub(super) kernel: [usize; 2],
    pub(super) geometry: ConvGeometry,
}

impl ConvShape {
    /// The convolution of an `[n, h, w, c]` input with `out_channels` filters of `kernel` `[height, width]`.
    ///
    /// # Errors
    /// A size of zero, groups that do not divide the channels, a window larger than the padded input.
    pub fn new(
        input: [usize; 4],
        out_channels: usize,
        kernel: [usize; 2],
        geometry: ConvGeometry,
    ) -> Result<Self, KernelError> {
        let [batch, height, width, in_channels] = input;
        let groups = geometry.groups;
        let named = [
            (batch, "batch size"),
            (in_channels, "number of input channels"),
            (out_channels, "number of output channels"),
            (groups, "number of groups"),
        ];
        if let Some((_, what)) = named.into_iter().find(|&(value, _)| value == 0) {
            return Err(KernelError::Zero { what });
        }
        for (what, channels) in [("input", in_channels), ("output", out_channels)] {
            if !channels.is_multiple_of(groups) {
                return Err(KernelError::Groups { what, channels, groups });
            }
        }
        let mut shape = Self {
            batch,
            in_channels,
            in_size: [height, width],
            out_channels,
            out_size: [0; 2],
            kernel,
            geometry,
        };
        shape.out_size = [shape.window(0).count(height)?, shape.window(1).count(width)?];
        Ok(shape)
    }

    /// `[n, h, w, c]` of the input.
    pub fn input(&self) -> [usize; 4] {
        [self.batch, self.in_size[0], self.in_size[1], self.in_channels]
    }

    /// `[n, h, w, c]` of the output.
    pub fn output(&self) -> [usize; 4] {
        [self.batch, self.out_size[0], self.out_size[1], self.out_channels]
    }

    /// Number of input elements.
    pub fn input_len(&self) -> usize {
        self.batch * self.in_channels * self.in_pixels()
    }

    /// Number of weights, `[out, in / groups, kernel height, kernel width]`.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.depth()
    }

    /// Number of output elements.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.out_pixels()
    }

    /// Floating-point operations of one forward pass: a multiplication and an addition per product.
    pub fn flops(&self) -> usize {
        2 * self.output_len() * self.depth()
    }

    pub(super) fn window(&self, axis: usize) -> AxisWindow {
        AxisWindow {
            kernel: self.kernel[axis],
            stride: self.geometry.stride[axis],
            padding: self.geometry.padding[axis],
            dilation: self.geometry.dilation[axis],
        }
    }

    pub(super) fn groups(&self) -> usize {
        self.geometry.groups
    }

    pub(super) fn group_in(&self) -> usize {
        self.in_channels / self.geometry.groups
    }

    pub(super) fn group_out(&self) -> usize {
        self.out_channels / self.geometry.groups
    }

    /// Number of elements of one window in one channel.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Products summed into one output element.
    pub(super) fn depth(&self) -> usize {
        self.group_in() * self.taps()
    }

    pub(super) fn in_pixels(&self) -> usize {
        self.in_size[0] * self.in_size[1]
    }

    pub(super) fn out_pixels(&self) -> usize {
        self.out_size[0] * self.out_size[1]
    }

    /// Number of output pixels of the whole batch: rows of the matrix of windows.
    pub(super) fn rows(&self) -> usize {
        self.batch * self.out_pixels()
    }

    /// True if an image is its own matrix of windows: 1x1, stride 1, no padding.
    pub(super) fn is_pointwise(&self) -> bool {
        self.kernel == [1; 2]
            && self.geometry.stride == [1; 2]
            && self.geometry.padding == [AxisPadding::default(); 2]
    }
}

/// The sizes of one pooling, validated against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolShape {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) in_size: [usize; 2],
    pub(super) out_size: [usize; 2],
    pub(super) windows: [AxisWindow; 2],
}

/// Windows of a pooling: `[vertical, horizontal]`, as in PyTorch's `MaxPool2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolGeometry {
    /// Rows and columns of a window.
    pub kernel: [usize; 2],
    /// Distance between adjacent windows.
    pub stride: [usize; 2],
    /// Elements around the input that a window may cover: never the maximum, zeros of a mean.
    pub padding: [AxisPadding; 2],
    /// Distance between adjacent elements of a window.
    pub dilation: [usize; 2],
    /// True if the number of windows is rounded up (PyTorch's `ceil_mode`).
    pub ceil: bool,
}

impl Default for PoolGeometry {
    /// Windows of one element.
    fn default() -> Self {
        Self {
            kernel: [1; 2],
            stride: [1; 2],
            padding: [AxisPadding::default(); 2],
            dilation: [1; 2],
            ceil: false,
        }
    }
}

impl PoolShape {
    /// The pooling of an `[n, h, w, c]` input.
    ///
    /// # Errors
    /// A size of zero, a window larger than the padded input, padding at one end that covers a whole window.
    pub fn new(input: [usize; 4], geometry: PoolGeometry) -> Result<Self, KernelError> {
        let [batch, height, width, channels] = input;
        let PoolGeometry { kernel, stride, padding, dilation, ceil } = geometry;
        let windows = [0, 1].map(|axis| AxisWindow {
            kernel: kernel[axis],
            stride: stride[axis],
            padding: padding[axis],
            dilation: dilation[axis],
        });
        let count = |axis: usize, size: usize| match ceil {
            true => windows[axis].count_up(size),
            false => windows[axis].count(size),
        };
        let out_size = [count(0, height)?, count(1, width)?];
        let covered = |window: &&AxisWindow| {
            let reach = window.dilation * (window.kernel - 1) + 1;
            window.padding.before.max(window.padding.after) >= reach
        };
        if let Some(AxisWindow { padding, kernel, .. }) = windows.iter().find(covered) {
            return Err(KernelError::PaddingTooLarge { padding: *padding, kernel: *kernel });
        }
        for (count, what) in [(batch, "batch size"), (channels, "number of channels")] {
            if count == 0 {
                return Err(KernelError::Zero { what });
            }
        }
        Ok(Self { batch, channels, in_size: [height, width], out_size, windows })
    }

    /// `[n, h, w, c]` of the output.
    pub fn output(&self) -> [usize; 4] {
        [self.batch, self.out_size[0], self.out_size[1], self.channels]
    }

    /// Number of input elements.
    pub fn input_len(&self) -> usize {
        self.batch * self.in_size[0] * self.in_size[1] * self.channels
    }

    /// Number of output elements.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_size[0] * self.out_size[1] * self.channels
    }

    /// The elements inside the image of the window at output `row` (counted over the batch) and `column`:
    /// their indices in the window, row by row, and their pixels, counted over the batch.
    #[inline(always)]
    pub(super) fn taps(&self, row: usize, column: usize) -> impl Iterator<Item = (usize, usize)> {
        let [height, width] = self.in_size;
        let [down, across] = self.windows;
        let (image, row) = (row / self.out_size[0], row % self.out_size[0]);
        (0..down.kernel).flat_map(move |tap_y| {
            let y = (row * down.stride + tap_y * down.dilation).wrapping_sub(down.padding.before);
            (0..across.kernel).filter_map(move |tap_x| {
                let x =
                    (column * across.stride + tap_x * across.dilation).wrapping_sub(across.padding.before);
                let inside = y < height && x < width;
                inside.then_some((tap_y * across.kernel + tap_x, (image * height + y) * width + x))
            })
        })
    }
}
