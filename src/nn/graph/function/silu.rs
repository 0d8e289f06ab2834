use super::{ScalarFunction, Sigmoid};

/// `x * sigmoid(x)` (Elfwing et al. 2018; Ramachandran et al. 2017: swish).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silu;

impl ScalarFunction for Silu {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        x * Sigmoid.value(x)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let y = Sigmoid.value(x);
        y * (1.0 + x * (1.0 - y))
    }
}
