use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use camlab_kernel::elementary;

use super::ScalarFunction;

/// `x` times the probability that a standard normal number is below `x` (Hendrycks and Gimpel 2016).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gelu {
    /// By the error function.
    Erf,
    /// By the paper's approximation, `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`.
    Tanh,
}

/// Coefficient of the cube in the approximation.
const CUBE: f32 = 0.044_715;

/// `sqrt(2 / pi)`.
const ROOT: f32 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;

impl ScalarFunction for Gelu {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        match self {
            Self::Erf => 0.5 * x * (1.0 + elementary::erf(x * FRAC_1_SQRT_2)),
            Self::Tanh => 0.5 * x * (1.0 + elementary::tanh(ROOT * (x + CUBE * x * x * x))),
        }
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        match self {
            Self::Erf => {
                let density = 0.5 * ROOT * elementary::exp(-0.5 * x * x);
                0.5 * (1.0 + elementary::erf(x * FRAC_1_SQRT_2)) + x * density
            }
            Self::Tanh => {
                let tanh = elementary::tanh(ROOT * (x + CUBE * x * x * x));
                let inner = ROOT * (1.0 + 3.0 * CUBE * x * x);
                0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner
            }
        }
    }
}
