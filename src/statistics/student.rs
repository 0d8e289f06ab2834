//! Probabilities and quantiles of the normal and of Student's t distribution, with the same bits on every machine.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, PI};

/// Degrees of freedom above which a t variable is mapped to a normal one; the relative error there is below 1e-9.
const MANY_DEGREES: f64 = 1e5;

/// Probability that a standard normal variable exceeds `x`.
pub fn normal_tail(x: f64) -> f64 {
    0.5 * libm::erfc(x * FRAC_1_SQRT_2)
}

/// The number that a standard normal variable exceeds with probability `tail`, in (0, 1): the rational approximation of
/// Acklam, refined by two steps of Halley's method.
pub fn normal_upper(tail: f64) -> f64 {
    if tail > 0.5 {
        return -normal_upper(1.0 - tail);
    }
    let mut x = if tail < 0.02425 {
        let q = (-2.0 * libm::log(tail)).sqrt();
        let top = polynomial(
            &[-7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734],
            q,
        );
        let top = (top * q + 4.374664141464968) * q + 2.938163982698783;
        let low =
            polynomial(&[7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416], q);
        -top / (low * q + 1.0)
    } else {
        let (q, r) = (0.5 - tail, (0.5 - tail) * (0.5 - tail));
        let top =
            polynomial(&[-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269], r);
        let top = (top * r - 30.66479806614716) * r + 2.506628277459239;
        let low =
            polynomial(&[-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972], r);
        q * top / ((low * r - 13.28068155288572) * r + 1.0)
    };
    for _ in 0..2 {
        let density = libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt();
        let step = (normal_tail(x) - tail) / density;
        x += step / (1.0 - 0.5 * x * step);
    }
    x
}

/// Horner's scheme, the highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Probability that a t variable with `degrees` (> 0) degrees of freedom exceeds `t`.
pub fn student_tail(t: f64, degrees: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - student_tail(-t, degrees);
    }
    if degrees > MANY_DEGREES {
        // Wallace (1959, Annals of Mathematical Statistics 30, 1121-1123).
        let root = (degrees * libm::log1p(t * t / degrees)).sqrt();
        let x = (8.0 * degrees + 1.0) / (8.0 * degrees + 3.0) * root;
        return normal_tail(x);
    }
    if t * t < degrees * 1e-30 {
        return 0.5;
    }
    0.5 * incomplete_beta(degrees, t * t)
}

/// The regularised incomplete beta function I(x; a, b) at a = `degrees` / 2, b = 1/2, x = degrees / (degrees + square).
fn incomplete_beta(degrees: f64, square: f64) -> f64 {
    let (a, b) = (0.5 * degrees, 0.5);
    let (x, rest) = (degrees / (degrees + square), square / (degrees + square));
    let beta = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    // Logarithm of x, exact also where x is near 1.
    let front = libm::exp(beta - a * libm::log1p(square / degrees) + b * libm::log(rest));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, rest) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let guarded = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0)));
    let mut product = d;
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guarded(1.0 + even * d);
        c = guarded(1.0 + even / c);
        product *= d * c;
        d = 1.0 / guarded(1.0 + odd * d);
        c = guarded(1.0 + odd / c);
        let change = d * c;
        product *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    product
}

/// The number that a t variable with `degrees` (at least 1) degrees of freedom exceeds with probability `tail`, in (0, 1).
/// Exact for one and two degrees; otherwise the start of Hill (1970, "Algorithm 396") refined by Newton's method on the
/// logarithm of the tail.
pub fn student_upper(tail: f64, degrees: f64) -> f64 {
    if tail > 0.5 {
        return -student_upper(1.0 - tail, degrees);
    }
    if degrees == 1.0 {
        return 1.0 / libm::tan(PI * tail);
    }
    if degrees == 2.0 {
        return (1.0 - 2.0 * tail) / (2.0 * tail * (1.0 - tail)).sqrt();
    }
    let mut t = hill(2.0 * tail, degrees);
    let constant =
        libm::lgamma(0.5 * degrees + 0.5) - libm::lgamma(0.5 * degrees) - 0.5 * libm::log(PI * degrees);
    for _ in 0..8 {
        let density = libm::exp(constant - 0.5 * (degrees + 1.0) * libm::log1p(t * t / degrees));
        let found = student_tail(t, degrees);
        let step = libm::log(found / tail) * found / density;
        if !step.is_finite() {
            break;
        }
        t += step;
        if step.abs() <= 1e-13 * t.abs() {
            break;
        }
    }
    t
}

/// The absolute value that a t variable exceeds with probability `both` on either side together, to a few digits.
fn hill(both: f64, degrees: f64) -> f64 {
    let a = 1.0 / (degrees - 0.5);
    let b = 48.0 / (a * a);
    let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * FRAC_PI_2).sqrt() * degrees;
    let mut y = libm::pow(d * both, 2.0 / degrees);
    if y > 0.05 + a {
        let x = -normal_upper(0.5 * both);
        if degrees < 5.0 {
            c += 0.3 * (degrees - 4.5) * (x + 0.6);
        }
        let square = x * x;
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        y = ((((0.4 * square + 6.3) * square + 36.0) * square + 94.5) / c - square - 3.0) / b + 1.0;
        y = libm::expm1(a * (y * x) * (y * x));
    } else {
        let low = ((degrees + 6.0) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2.0) * 3.0;
        y = ((1.0 / low + 0.5 / (degrees + 4.0)) * y - 1.0) * (degrees + 1.0) / (degrees + 2.0) + 1.0 / y;
    }
    (degrees * y).sqrt()
}
