//! Sliding windows along one axis.

use super::KernelError;

/// Windows of `kernel` elements that slide along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AxisWindow {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl AxisWindow {
    /// Number of windows over `size` elements: floor((size + 2p - d(k-1) - 1) / s) + 1.
    pub fn count(&self, size: usize) -> Result<usize, KernelError> {
        let &Self { kernel, stride, padding, dilation } = self;
        let named =
            [(kernel, "kernel size"), (stride, "stride"), (dilation, "dilation"), (size, "input size")];
        if let Some((_, what)) = named.into_iter().find(|&(value, _)| value == 0) {
            return Err(KernelError::Zero { what });
        }
        let reach = dilation * (kernel - 1) + 1;
        let padded = size + 2 * padding;
        if reach > padded {
            return Err(KernelError::WindowTooLarge { kernel, dilation, reach, size, padding });
        }
        Ok((padded - reach) / stride + 1)
    }

    /// The input indices that window `index` covers, without those in the padding.
    pub fn taps(self, index: usize, size: usize) -> impl Iterator<Item = usize> {
        let first = index * self.stride;
        (0..self.kernel)
            .map(move |tap| first + tap * self.dilation)
            .filter(move |at| (self.padding..self.padding + size).contains(at))
            .map(move |at| at - self.padding)
    }
}
