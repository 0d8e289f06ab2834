use super::{HardSigmoid, ScalarFunction};

/// `x * min(max(x + 3, 0), 6) / 6` (Howard et al. 2019).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardSwish;

impl ScalarFunction for HardSwish {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        x * HardSigmoid::SIXTH.value(x)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        match x {
            x if x <= -3.0 => 0.0,
            x if x < 3.0 => x / 3.0 + 0.5,
            _ => 1.0,
        }
    }
}
