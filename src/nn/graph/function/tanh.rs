use super::ScalarFunction;

/// The hyperbolic tangent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tanh;

impl ScalarFunction for Tanh {
    fn value(&self, x: f32) -> f32 {
        x.tanh()
    }

    fn slope(&self, x: f32) -> f32 {
        let y = x.tanh();
        1.0 - y * y
    }
}
