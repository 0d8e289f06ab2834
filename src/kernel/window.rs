//! Sliding windows along one axis.

use std::fmt;

use super::KernelError;

/// Zeros around the input along one axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AxisPadding {
    /// Zeros before the first element.
    pub before: usize,
    /// Zeros after the last element.
    pub after: usize,
}

impl AxisPadding {
    /// As many zeros before as after.
    pub const fn even(zeros: usize) -> Self {
        Self { before: zeros, after: zeros }
    }

    /// All zeros of the axis.
    pub const fn sum(self) -> usize {
        self.before + self.after
    }
}

impl fmt::Display for AxisPadding {
    /// The zeros of either end: `1`, or `0 + 1` where they differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { before, after } if before == after => write!(f, "{before}"),
            Self { before, after } => write!(f, "{before} + {after}"),
        }
    }
}

/// Windows of `kernel` elements that slide along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AxisWindow {
    pub kernel: usize,
    pub stride: usize,
    pub padding: AxisPadding,
    pub dilation: usize,
}

impl AxisWindow {
    /// Number of windows over `size` elements padded by `p`: floor((size + p - d(k-1) - 1) / s) + 1.
    pub fn count(&self, size: usize) -> Result<usize, KernelError> {
        Ok(self.room(size)? / self.stride + 1)
    }

    /// Like [`Self::count`], rounded up: the last window may reach beyond the padding, but starts at the latest at the
    /// last element (PyTorch's `ceil_mode`).
    pub fn count_up(&self, size: usize) -> Result<usize, KernelError> {
        let windows = self.room(size)?.div_ceil(self.stride) + 1;
        let starts_outside = (windows - 1) * self.stride >= size + self.padding.before;
        Ok(windows - usize::from(starts_outside))
    }

    /// Elements from the first to the last that a window covers, both included.
    pub fn reach(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// Elements that a window shares with the one before it.
    pub fn overlap(&self) -> usize {
        self.reach().saturating_sub(self.stride)
    }

    /// Positions past the first at which a window fits.
    fn room(&self, size: usize) -> Result<usize, KernelError> {
        let &Self { kernel, stride, padding, dilation } = self;
        let named =
            [(kernel, "kernel size"), (stride, "stride"), (dilation, "dilation"), (size, "input size")];
        if let Some((_, what)) = named.into_iter().find(|&(value, _)| value == 0) {
            return Err(KernelError::Zero { what });
        }
        let reach = self.reach();
        let padded = size + padding.sum();
        if reach > padded {
            return Err(KernelError::WindowTooLarge { kernel, dilation, reach, size, padding });
        }
        Ok(padded - reach)
    }

    /// The input indices that window `index` covers, without those in the padding.
    pub fn taps(self, index: usize, size: usize) -> impl Iterator<Item = usize> {
        let (first, before) = (index * self.stride, self.padding.before);
        (0..self.kernel)
            .map(move |tap| first + tap * self.dilation)
            .filter(move |at| (before..before + size).contains(at))
            .map(move |at| at - before)
    }
}
