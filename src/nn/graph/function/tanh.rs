use camlab_kernel::elementary;

use super::ScalarFunction;

/// The hyperbolic tangent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tanh;

impl ScalarFunction for Tanh {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        elementary::tanh(x)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let y = elementary::tanh(x);
        1.0 - y * y
    }
}
