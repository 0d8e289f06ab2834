use std::f32::consts::FRAC_2_SQRT_PI;

use super::ScalarFunction;

/// The error function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erf;

impl ScalarFunction for Erf {
    fn value(&self, x: f32) -> f32 {
        libm::erff(x)
    }

    fn slope(&self, x: f32) -> f32 {
        FRAC_2_SQRT_PI * (-x * x).exp()
    }
}
