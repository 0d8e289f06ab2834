use super::ScalarFunction;

/// `scale * x + shift`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rescale {
    /// Factor.
    pub scale: f32,
    /// Addend.
    pub shift: f32,
}

impl ScalarFunction for Rescale {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        self.scale * x + self.shift
    }

    #[inline(always)]
    fn slope(&self, _: f32) -> f32 {
        self.scale
    }
}
