use super::ScalarFunction;

/// `x` to a constant power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// The power.
    pub exponent: f32,
}

impl ScalarFunction for Power {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        x.powf(self.exponent)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        self.exponent * x.powf(self.exponent - 1.0)
    }
}
