use super::ScalarFunction;

/// `alpha x + beta`, limited to 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HardSigmoid {
    /// Slope; 1/6 in PyTorch.
    pub alpha: f32,
    /// Value at 0; 1/2 in PyTorch.
    pub beta: f32,
}

impl HardSigmoid {
    /// PyTorch's.
    pub const SIXTH: Self = Self { alpha: 1.0 / 6.0, beta: 0.5 };
}

impl ScalarFunction for HardSigmoid {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        let y = self.alpha * x + self.beta;
        let y = if y < 0.0 { 0.0 } else { y };
        if y > 1.0 { 1.0 } else { y }
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let y = self.alpha * x + self.beta;
        if 0.0 < y && y < 1.0 { self.alpha } else { 0.0 }
    }
}
