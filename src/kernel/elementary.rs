//! Exponential, hyperbolic tangent and error function without branches and without fused multiply-adds: inside
//! [`with_vectors`] compilers compute them for whole vectors, and every instruction set gives the same bits.
//!
//! Coefficients are those of the Cephes library (Moshier 1989: `expf`, `tanhf`, `erff`).

use std::f32::consts::{FRAC_2_SQRT_PI, LOG2_E};

use super::Isa;
use super::vectorised::compiled_for;

/// Runs `work`, plain Rust, compiled for the widest vectors of this machine. Only what the compiler inlines into it gains.
#[inline]
pub fn with_vectors<R>(work: impl FnOnce() -> R) -> R {
    compiled_for(Isa::current(), work)
}

/// `exp(x)`, within one unit in the last place of a normal result; infinity above 88.72, 0 below -103.98.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let (n, power) = reduced(x);
    let (first, second) = halves(n);
    (power + 1.0) * first * second
}

/// `exp(x) - 1`, within two units in the last place, also near 0.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let (n, power) = reduced(x);
    let (first, second) = halves(n);
    power * first * second + (first * second - 1.0)
}

/// `tanh(x)`, within two units in the last place.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let square = x * x;
    let near = [2.063_909E-2, -5.373_971_5E-2, 1.333_144_3E-1, -3.333_328E-1];
    let near = polynomial(-5.704_988_8E-3, near, square) * square * x + x;
    let far = 1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0);
    if x.abs() < 0.625 { near } else { far.copysign(x) }
}

/// `erf(x)`, within three units in the last place.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let square = x * x;
    let near =
        [-8.010_194E-4, 5.188_327_4E-3, -2.685_381_3E-2, 1.128_358_5E-1, -3.761_262_6E-1, FRAC_2_SQRT_PI];
    let near = polynomial(7.853_861E-5, near, square) * x;
    // Press et al., Numerical Recipes, section 6.2: a Chebyshev fit of erfc.
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    let far = [
        -0.822_152_23,
        1.488_515_9,
        -1.135_204,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_7,
        -1.265_512_2,
    ];
    let far = 1.0 - t * exp(polynomial(0.170_872_77, far, t) - square);
    if x.abs() < 1.0 { near } else { far.copysign(x) }
}

/// `n` and `exp(r) - 1` with `x = n ln 2 + r`, `|r| <= ln 2 / 2`.
#[inline(always)]
fn reduced(x: f32) -> (f32, f32) {
    // The sum has the whole numbers' spacing, so that adding rounds.
    const ROUNDS: f32 = 12_582_912.0;
    // Comparisons keep what is not a number; beyond the limits the result is 0 or infinite.
    let x = if x < -105.0 { -105.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let n = (x * LOG2_E + ROUNDS) - ROUNDS;
    // ln 2 in two parts, the first with so few digits that its product with `n` is exact.
    let r = (x - n * 0.693_359_4) - n * -2.121_944_4E-4;
    let power = [1.398_199_9E-3, 8.333_452E-3, 4.166_579_6E-2, 1.666_666_5E-1, 0.5];
    (n, polynomial(1.987_569_1E-4, power, r) * r * r + r)
}

/// Two factors whose product is `2^n`: one alone cannot hold it near the ends of the range.
#[inline(always)]
fn halves(n: f32) -> (f32, f32) {
    // Any factor leaves what is not a number one.
    let n = if n.is_nan() { 0.0 } else { n };
    // SAFETY: `reduced` limits `n` to -152 .. 129.
    let n: i32 = unsafe { n.to_int_unchecked() };
    let first = n >> 1;
    let power = |n: i32| f32::from_bits(((n + 127) << 23) as u32);
    (power(first), power(n - first))
}

/// The polynomial with these coefficients, the first one that of the highest power.
#[inline(always)]
fn polynomial<const N: usize>(first: f32, coefficients: [f32; N], x: f32) -> f32 {
    let mut sum = first;
    for coefficient in coefficients {
        sum = sum * x + coefficient;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of both signs from the smallest normal one to `limit`.
    fn numbers(limit: f32) -> impl Iterator<Item = f32> {
        let wide = (-20_000..=20_000).map(move |step| step as f32 / 20_000.0 * limit);
        let near = (-120..0).flat_map(|power| [1.0, -1.0, 1.37, -1.37].map(|x: f32| x * 2f32.powi(power)));
        wide.chain(near)
    }

    /// Distance from `found` to `exact` in units in the last place of `exact`.
    fn units(found: f32, exact: f64) -> f64 {
        let rounded = exact as f32;
        let unit = f64::from(f32::from_bits(rounded.abs().to_bits() + 1)) - f64::from(rounded.abs());
        (f64::from(found) - exact).abs() / unit
    }

    #[test]
    fn values_are_those_of_double_precision() {
        for (name, function, exact, limit, units_allowed) in [
            ("exp", exp as fn(f32) -> f32, f64::exp as fn(f64) -> f64, 87.0, 1.0),
            ("exp_m1", exp_m1, f64::exp_m1, 87.0, 2.0),
            ("tanh", tanh, f64::tanh, 20.0, 2.0),
            ("erf", erf, libm::erf, 6.0, 3.0),
        ] {
            for x in numbers(limit) {
                let apart = units(function(x), exact(f64::from(x)));
                assert!(apart <= units_allowed, "{name}({x}) is {}, {apart} units off", function(x));
            }
        }
    }

    #[test]
    fn ends_of_the_range_and_what_is_not_a_number() {
        assert_eq!(
            [exp(f32::INFINITY), exp(88.8), exp(f32::NEG_INFINITY), exp(-104.5)],
            [f32::INFINITY, f32::INFINITY, 0.0, 0.0]
        );
        assert!(exp(88.7).is_finite());
        // Below the normal range.
        assert!((exp(-95.0) - 5.5E-42).abs() < 1E-43, "{}", exp(-95.0));
        assert_eq!([exp_m1(f32::NEG_INFINITY), exp_m1(f32::INFINITY)], [-1.0, f32::INFINITY]);
        assert_eq!([tanh(f32::INFINITY), tanh(f32::NEG_INFINITY), tanh(0.0)], [1.0, -1.0, 0.0]);
        assert_eq!([erf(f32::INFINITY), erf(f32::NEG_INFINITY), erf(0.0)], [1.0, -1.0, 0.0]);
        assert!([exp, exp_m1, tanh, erf].iter().all(|function| function(f32::NAN).is_nan()));
    }

    #[test]
    fn vectors_give_the_same_bits() {
        for function in [exp, exp_m1, tanh, erf] {
            let single: Vec<u32> =
                numbers(30.0).map(|x| std::hint::black_box(function)(x).to_bits()).collect();
            let mut vectors: Vec<f32> = numbers(30.0).collect();
            with_vectors(|| vectors.iter_mut().for_each(|x| *x = function(*x)));
            assert_eq!(vectors.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), single);
        }
    }
}
