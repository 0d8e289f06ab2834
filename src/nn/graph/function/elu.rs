use camlab_kernel::elementary;

use super::ScalarFunction;

/// `scale * x` above 0, `scale * alpha * (exp(x) - 1)` below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elu {
    /// Limit far below 0 is `-scale * alpha`.
    pub alpha: f32,
    /// Factor of all values; 1 for ELU.
    pub scale: f32,
}

impl Elu {
    /// ELU (Clevert et al. 2015).
    pub const fn new(alpha: f32) -> Self {
        Self { alpha, scale: 1.0 }
    }

    /// SELU, with the constants of Klambauer et al. 2017.
    #[expect(clippy::excessive_precision, reason = "the constants as published")]
    pub const SELU: Self = Self { alpha: 1.673_263_242_354_377_2, scale: 1.050_700_987_355_480_5 };
}

impl ScalarFunction for Elu {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        self.scale * if x > 0.0 { x } else { self.alpha * elementary::exp_m1(x) }
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        self.scale * if x > 0.0 { 1.0 } else { self.alpha * elementary::exp(x) }
    }
}
