use std::f32::consts::FRAC_2_SQRT_PI;

use camlab_kernel::elementary;

use super::ScalarFunction;

/// The error function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erf;

impl ScalarFunction for Erf {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        elementary::erf(x)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        FRAC_2_SQRT_PI * elementary::exp(-x * x)
    }
}
