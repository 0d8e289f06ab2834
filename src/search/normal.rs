//! Logarithms of standard normal probabilities, accurate in both tails.

use std::f64::consts::FRAC_1_SQRT_2;

/// Logarithm of the square root of two pi.
const LOG_ROOT: f64 = 0.918_938_533_204_672_7;

/// Logarithm of the standard normal density at `x`.
pub(crate) fn log_density(x: f64) -> f64 {
    -0.5 * x * x - LOG_ROOT
}

fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Logarithm of the probability below `x`.
pub(crate) fn log_below(x: f64) -> f64 {
    if x > 6.0 {
        return libm::log1p(-below(-x));
    }
    if x > -20.0 {
        return libm::log(below(x));
    }
    // Beyond, erfc nears the smallest floats: the asymptotic series 1 - 1/x^2 + 3/x^4 - ... of Mills' ratio.
    let (mut sum, mut term, mut index) = (1.0, 1.0, 1.0);
    while libm::fabs(term) > f64::EPSILON {
        term *= -(2.0 * index - 1.0) / (x * x);
        sum += term;
        index += 1.0;
    }
    log_density(x) - libm::log(-x) + libm::log(sum)
}

/// Logarithm of the probability from `low` to `high`, with `low <= high`.
pub(crate) fn log_mass(low: f64, high: f64) -> f64 {
    if low > 0.0 {
        // Two numbers near 1 would cancel; the left tail has the same mass.
        return log_mass(-high, -low);
    }
    if high <= 0.0 {
        let upper = log_below(high);
        return upper + libm::log1p(-libm::exp(log_below(low) - upper));
    }
    libm::log1p(-below(low) - below(-high))
}
