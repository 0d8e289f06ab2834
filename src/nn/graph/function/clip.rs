use super::ScalarFunction;
use camlab_kernel::OutputRange;

/// `x`, limited to a range. ReLU6 is `0` to `6`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// Least value.
    pub low: f32,
    /// Largest value.
    pub high: f32,
}

impl Clip {
    /// `min(max(x, 0), 6)` (Howard et al. 2017).
    pub const RELU6: Self = Self { low: 0.0, high: 6.0 };
}

impl ScalarFunction for Clip {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        // Comparisons keep what is not a number.
        let x = if x < self.low { self.low } else { x };
        if x > self.high { self.high } else { x }
    }

    fn range(&self) -> Option<OutputRange> {
        Some(OutputRange { low: self.low, high: self.high })
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        if self.low < x && x < self.high { 1.0 } else { 0.0 }
    }
}
