use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Polynomial basis of the feature correction (step A9 of the source article). A value x in [0, 1] is replaced by the
/// polynomials' values of degrees 1 to k; degree 0 is constant and carries no information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// `x, x^2, ..., x^k`.
    #[default]
    Power,
    /// Chebyshev polynomials of the first kind at `t = 2x - 1`: `T_1 = t`, `T_(d+1) = 2 t T_d - T_(d-1)`; all in [-1,
    /// 1].
    Chebyshev,
    /// Legendre polynomials at `t = 2x - 1`: `P_1 = t`, `(d+1) P_(d+1) = (2d+1) t P_d - d P_(d-1)`; orthogonal on [0,
    /// 1].
    Legendre,
}

impl Basis {
    /// Writes the values of degrees 1 to `out.len()` at `x`, which lies in [0, 1], to `out`.
    pub fn values(self, x: f32, out: &mut [f32]) {
        let x = f64::from(x);
        let t = match self {
            Self::Power => x,
            Self::Chebyshev | Self::Legendre => 2.0 * x - 1.0,
        };
        let (mut before, mut now) = (1.0, t);
        for (at, out) in out.iter_mut().enumerate() {
            *out = now as f32;
            let degree = (at + 1) as f64;
            let next = match self {
                Self::Power => now * t,
                Self::Chebyshev => 2.0 * t * now - before,
                Self::Legendre => ((2.0 * degree + 1.0) * t * now - degree * before) / (degree + 1.0),
            };
            (before, now) = (now, next);
        }
    }
}
