//! Concentration of a map's values on few pixels.

/// Added to every scaled value before the Gini index, as in Quantus.
const SPARSENESS_EPSILON: f64 = 1e-7;

/// Sparseness: Gini index of the absolute values (Chalasani et al. 2020; `Sparseness` of Quantus). 0 if all are equal,
/// towards 1 if one pixel holds everything.
///
/// With the absolute values, divided by the largest, plus 1e-7 (as Quantus does by default) sorted ascending as
/// `v[1..=n]`: `sum((2 i - n - 1) v[i]) / (n sum(v))`. `None` if all values are 0, there are none, or one is not finite.
pub fn sparseness(values: &[f32]) -> Option<f64> {
    let mut sorted = magnitudes(values)?;
    sorted.sort_unstable_by(f64::total_cmp);
    let largest = *sorted.last()?;
    sorted.iter_mut().for_each(|value| *value = *value / largest + SPARSENESS_EPSILON);
    let count = sorted.len() as f64;
    let weighted: f64 =
        sorted.iter().enumerate().map(|(at, value)| (2.0 * (at + 1) as f64 - count - 1.0) * value).sum();
    Some(weighted / (count * sorted.iter().sum::<f64>()))
}

/// Complexity: entropy in nats of the fractional contributions `|value| / sum(|value|)` (Bhatt et al. 2020;
/// `Complexity` of Quantus, which adds 1e-12 inside the logarithm). 0 if one pixel holds everything, `ln n` for `n`
/// equal values.
///
/// `None` if all values are 0, there are none, or one is not finite.
pub fn complexity(values: &[f32]) -> Option<f64> {
    let magnitudes = magnitudes(values)?;
    let total: f64 = magnitudes.iter().sum();
    let term = |value: &f64| match *value / total {
        share if share > 0.0 => share * share.ln(),
        _ => 0.0,
    };
    Some(-magnitudes.iter().map(term).sum::<f64>())
}

/// Mean absolute value: the complexity term of ADCC (Poppi et al. 2021), the L1 norm of a map in `[0, 1]`
/// divided by its number of pixels, as in the authors' code.
///
/// `None` if all values are 0, there are none, or one is not finite.
pub fn mean_magnitude(values: &[f32]) -> Option<f64> {
    let magnitudes = magnitudes(values)?;
    Some(magnitudes.iter().sum::<f64>() / magnitudes.len() as f64)
}

/// Absolute values; `None` unless all are finite and one is not 0.
fn magnitudes(values: &[f32]) -> Option<Vec<f64>> {
    let usable = values.iter().all(|value| value.is_finite()) && values.iter().any(|value| *value != 0.0);
    usable.then(|| values.iter().map(|value| f64::from(value.abs())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_and_a_single_one() {
        let flat = [0.25; 8];
        assert!(sparseness(&flat).is_some_and(|gini| gini.abs() < 1e-12));
        assert!(complexity(&flat).is_some_and(|entropy| (entropy - 8f64.ln()).abs() < 1e-12));
        assert_eq!(mean_magnitude(&flat), Some(0.25));
        let single = [0.0, 0.0, -4.0, 0.0];
        assert!(sparseness(&single).is_some_and(|gini| (gini - 0.75).abs() < 1e-6));
        assert_eq!(complexity(&single), Some(-0.0));
        assert_eq!(mean_magnitude(&single), Some(1.0));
    }

    #[test]
    fn maps_without_a_concentration() {
        for values in [&[][..], &[0.0, -0.0], &[1.0, f32::NAN], &[1.0, f32::INFINITY]] {
            assert_eq!((sparseness(values), complexity(values), mean_magnitude(values)), (None, None, None));
        }
    }
}
