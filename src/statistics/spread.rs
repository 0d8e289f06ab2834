//! Interval and test of a mean whose variance is a sum of estimated parts.

use crate::student::{student_tail, student_upper};

/// Power at which the smallest detectable difference is given.
pub const POWER: f64 = 0.8;

/// An interval, in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceInterval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl ConfidenceInterval {
    /// `true` if the interval lies on one side of 0.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// A mean, its uncertainty, and the test that it is 0.
///
/// The variance of the mean is a sum of one or two parts, each estimated with its own degrees of freedom. The interval is
/// mean ± sqrt(t1² v1 + t2² v2), with v the parts and t the two-sided quantiles of Student's t at their degrees of freedom
/// (Banerjee 1961, Sankhya A 23, 359-378). For normal data it covers the true mean with at least the stated probability
/// under every ratio of the parts; with one part it is Student's interval. The Welch-Satterthwaite interval has no such
/// guarantee: with two training runs its 95 % are as few as 87 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanTest {
    /// The mean, in the unit of the values.
    pub mean: f64,
    /// Standard error of the mean, the root of the sum of the parts.
    pub standard_error: f64,
    /// Effective degrees of freedom of the standard error (Satterthwaite 1946), for the reader; the interval uses the
    /// degrees of freedom of each part.
    pub degrees: f64,
    /// Two-sided p value of a mean of 0, in [0, 1]: the level at which the interval ends at 0.
    pub p: f64,
    parts: [VariancePart; 2],
}

/// A part of the variance of a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct VariancePart {
    /// Estimated variance, at least 0.
    pub variance: f64,
    /// Degrees of freedom of the estimate, at least 1.
    pub degrees: f64,
}

impl MeanTest {
    pub(crate) fn new(mean: f64, parts: [VariancePart; 2]) -> Self {
        let variance: f64 = parts.iter().map(|part| part.variance).sum();
        let spread: f64 = parts.iter().map(|part| part.variance * part.variance / part.degrees).sum();
        let fewest = parts[0].degrees.min(parts[1].degrees);
        let degrees = if spread > 0.0 { variance * variance / spread } else { fewest };
        Self { mean, standard_error: variance.sqrt(), degrees, p: p_value(mean, &parts), parts }
    }

    /// The same of values with the opposite sign.
    pub(crate) fn negated(self) -> Self {
        Self { mean: -self.mean, ..self }
    }

    /// Two-sided interval that misses the true mean with probability `level`, in (0, 1): 0.05 gives the 95 % interval,
    /// 0.05 / m simultaneous intervals of m means (Bonferroni).
    pub fn interval(&self, level: f64) -> ConfidenceInterval {
        let half = half_width(&self.parts, 0.5 * level);
        ConfidenceInterval { low: self.mean - half, high: self.mean + half }
    }

    /// Smallest true mean, in absolute value, that a two-sided test at `level` would have found with a power of
    /// [`POWER`]: the sum of the half widths at tails of `level` / 2 and of 1 - [`POWER`]. With one part of the variance
    /// it is (t(1 - level / 2) + t(0.8)) standard errors. An estimate: it knows the variance from these data alone.
    pub fn detectable(&self, level: f64) -> f64 {
        half_width(&self.parts, 0.5 * level) + half_width(&self.parts, 1.0 - POWER)
    }
}

/// Half the width of the interval with probability `tail` beyond either end.
fn half_width(parts: &[VariancePart; 2], tail: f64) -> f64 {
    let square = |part: &VariancePart| {
        if part.variance == 0.0 {
            return 0.0;
        }
        let t = student_upper(tail, part.degrees);
        t * t * part.variance
    };
    parts.iter().map(square).sum::<f64>().sqrt()
}

/// The level at which the interval around `mean` ends at 0.
fn p_value(mean: f64, parts: &[VariancePart; 2]) -> f64 {
    let gap = mean.abs();
    let [few, many] = if parts[0].degrees <= parts[1].degrees { *parts } else { [parts[1], parts[0]] };
    let two_sided = |variance: f64, degrees: f64| 2.0 * student_tail(gap / variance.sqrt(), degrees);
    match (few.variance > 0.0, many.variance > 0.0) {
        _ if gap == 0.0 => 1.0,
        (false, false) => 0.0,
        (true, false) => two_sided(few.variance, few.degrees),
        (false, true) => two_sided(many.variance, many.degrees),
        (true, true) => p_of_two(gap, few, many),
    }
}

/// The root of `few.variance x² + many.variance y² = gap²` in x, with x and y the quantiles of the same level. As y is at
/// most x, x lies between the gap over the root of both variances and that over the root of the first.
fn p_of_two(gap: f64, few: VariancePart, many: VariancePart) -> f64 {
    let excess = |x: f64| {
        let tail = student_tail(x, few.degrees);
        let y = student_upper(tail.max(1e-300), many.degrees);
        (few.variance * x * x + many.variance * y * y) / (gap * gap) - 1.0
    };
    let (mut low, mut high) = (gap / (few.variance + many.variance).sqrt(), gap / few.variance.sqrt());
    let (mut below, mut above) = (excess(low), excess(high));
    // Regula falsi; an end that stays has its excess halved (the Illinois rule).
    let mut side = 0;
    for _ in 0..100 {
        if high - low <= 1e-13 * high || below >= 0.0 || above <= 0.0 {
            break;
        }
        let x = (low * above - high * below) / (above - below);
        let found = excess(x);
        if found.abs() < 1e-13 {
            return 2.0 * student_tail(x, few.degrees);
        }
        if found > 0.0 {
            (high, above) = (x, found);
            below *= if side > 0 { 0.5 } else { 1.0 };
            side = 1;
        } else {
            (low, below) = (x, found);
            above *= if side < 0 { 0.5 } else { 1.0 };
            side = -1;
        }
    }
    let x = if below >= 0.0 {
        low
    } else if above <= 0.0 {
        high
    } else {
        0.5 * (low + high)
    };
    2.0 * student_tail(x, few.degrees)
}
