//! Sliding windows along one axis.

use super::KernelError;

/// How windows of `kernel` elements slide along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl Window {
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

    /// The windows among the first `count` whose element `tap` lies inside an input of `size` elements.
    pub fn inside(&self, tap: usize, size: usize, count: usize) -> std::ops::Range<usize> {
        let offset = tap * self.dilation;
        let end = match (size + self.padding).checked_sub(offset + 1) {
            Some(last) => (last / self.stride + 1).min(count),
            None => 0,
        };
        let start = self.padding.saturating_sub(offset).div_ceil(self.stride).min(end);
        start..end
    }

    /// The input indices that window `index` covers, padding left out.
    pub fn taps(self, index: usize, size: usize) -> impl Iterator<Item = usize> {
        let first = index * self.stride;
        (0..self.kernel)
            .map(move |tap| first + tap * self.dilation)
            .filter(move |at| (self.padding..self.padding + size).contains(at))
            .map(move |at| at - self.padding)
    }

    /// The input index of element `tap` of window `index`, which must lie inside the input.
    pub fn position(&self, index: usize, tap: usize) -> usize {
        index * self.stride + tap * self.dilation - self.padding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_agrees_with_a_walk_over_all_windows() {
        for size in 1..7usize {
            for kernel in 1..4 {
                for stride in 1..4 {
                    for padding in 0..5 {
                        for dilation in 1..4 {
                            let window = Window { kernel, stride, padding, dilation };
                            let Ok(count) = window.count(size) else { continue };
                            for tap in 0..kernel {
                                let walked: Vec<usize> = (0..count)
                                    .filter(|i| {
                                        let at = (i * stride + tap * dilation) as isize - padding as isize;
                                        (0..size as isize).contains(&at)
                                    })
                                    .collect();
                                let found: Vec<usize> = window.inside(tap, size, count).collect();
                                assert_eq!(found, walked, "{window:?} size {size} tap {tap}");
                            }
                        }
                    }
                }
            }
        }
    }
}
