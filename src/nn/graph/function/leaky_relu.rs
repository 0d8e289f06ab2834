use super::ScalarFunction;

/// `x` above 0, `slope * x` below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeakyRelu {
    /// Slope below 0.
    pub slope: f32,
}

impl ScalarFunction for LeakyRelu {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        if x < 0.0 { self.slope * x } else { x }
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { self.slope }
    }
}
