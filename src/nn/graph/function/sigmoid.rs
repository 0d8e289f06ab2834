use camlab_kernel::elementary;

use super::ScalarFunction;

/// `1 / (1 + exp(-x))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sigmoid;

impl ScalarFunction for Sigmoid {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        1.0 / (1.0 + elementary::exp(-x))
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let y = self.value(x);
        y * (1.0 - y)
    }
}
