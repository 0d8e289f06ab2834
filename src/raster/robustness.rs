//! Agreement of an attribution with the change of a score, and its own change, when the input is perturbed.

/// Infidelity (Yeh et al. 2019, definition 2.1; `infidelity` of Captum): mean over perturbations `I` of
/// `(I . a - (f(x) - f(x - I)))^2`, with the attribution `a` and the score `f`. At least 0; 0 if the attribution
/// predicts every change.
///
/// `score_differences` are `f(x) - f(x - I)`, one per perturbation. A perturbation has as many values as the
/// attribution, or a whole multiple: then it is `[pixels, channels]`, and each channel has the pixel's attribution.
/// With `normalise`, the attribution is multiplied by the factor that makes the infidelity smallest,
/// `mean(I . a (f(x) - f(x - I))) / mean((I . a)^2)`, or 0 if the denominator is (Captum's `normalize`).
///
/// `None` without perturbations, if the lengths do not fit, or if the result is not finite.
pub fn infidelity<P: AsRef<[f32]>>(
    attribution: &[f32],
    perturbations: &[P],
    score_differences: &[f64],
    normalise: bool,
) -> Option<f64> {
    if perturbations.len() != score_differences.len() || perturbations.is_empty() {
        return None;
    }
    let products: Option<Vec<f64>> =
        perturbations.iter().map(|perturbation| product(attribution, perturbation.as_ref())).collect();
    infidelity_of_products(&products?, score_differences, normalise)
}

/// [`infidelity`] where the products `I . a` of the perturbations and the attribution are known.
pub fn infidelity_of_products(products: &[f64], score_differences: &[f64], normalise: bool) -> Option<f64> {
    if products.len() != score_differences.len() || products.is_empty() {
        return None;
    }
    let pairs = || products.iter().zip(score_differences);
    let factor = match normalise {
        false => 1.0,
        true => match products.iter().map(|product| product * product).sum::<f64>() {
            0.0 => 0.0,
            squares => pairs().map(|(product, difference)| product * difference).sum::<f64>() / squares,
        },
    };
    let errors: f64 = pairs().map(|(product, difference)| (factor * product - difference).powi(2)).sum();
    let mean = errors / products.len() as f64;
    mean.is_finite().then_some(mean)
}

/// Product of a perturbation and an attribution, summed over pixels and channels.
fn product(attribution: &[f32], perturbation: &[f32]) -> Option<f64> {
    let channels = perturbation.len().checked_div(attribution.len())?;
    if channels == 0 || channels * attribution.len() != perturbation.len() {
        return None;
    }
    let pixels = attribution.iter().zip(perturbation.chunks_exact(channels));
    let sum = |pixel: &[f32]| pixel.iter().map(|value| f64::from(*value)).sum::<f64>();
    Some(pixels.map(|(value, pixel)| f64::from(*value) * sum(pixel)).sum())
}

/// Maximum sensitivity (Yeh et al. 2019, definition 3.1, relative as in `sensitivity_max` of Captum): the largest over
/// the perturbed inputs `y` of `|e(y) - e(x)| / |e(x)|`, with the explanation `e` and Euclidean norms. At least 0.
///
/// If the original map is 0 everywhere, the norm counts as 1, as in Captum. `None` without perturbed maps, if the
/// lengths differ, or if a value is not finite.
pub fn sensitivity<P: AsRef<[f32]>>(original: &[f32], perturbed: &[P]) -> Option<f64> {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let scale = match norm(&mut original.iter().map(|value| f64::from(*value))) {
        0.0 => 1.0,
        scale => scale,
    };
    let mut largest = None;
    for map in perturbed {
        let map = map.as_ref();
        if map.len() != original.len() {
            return None;
        }
        let mut apart = map.iter().zip(original).map(|(a, b)| f64::from(*a) - f64::from(*b));
        let change = norm(&mut apart) / scale;
        if !change.is_finite() {
            return None;
        }
        largest = Some(largest.map_or(change, |largest: f64| largest.max(change)));
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infidelity_by_hand() {
        let perturbations = [vec![1.0, 0.0, 2.0, 0.0], vec![0.0, 1.0, 0.0, 1.0]];
        // Two channels: products 1 (1 + 0) + 2 (2 + 0) and 1 (0 + 1) + 2 (0 + 1).
        assert_eq!(infidelity(&[1.0, 2.0], &perturbations, &[5.0, 1.0], false), Some(2.0));
        // Factor (25 + 3) / (25 + 9).
        let factor = 28.0 / 34.0;
        let wanted = ((5.0 * factor - 5.0f64).powi(2) + (3.0 * factor - 1.0f64).powi(2)) / 2.0;
        let found = infidelity(&[1.0, 2.0], &perturbations, &[5.0, 1.0], true);
        assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-12));
        // An attribution of zeros explains nothing, whatever its factor.
        assert_eq!(infidelity(&[0.0; 4], &perturbations, &[2.0, 0.0], true), Some(2.0));
        assert_eq!(infidelity(&[0.0; 3], &perturbations, &[2.0, 0.0], true), None);
        assert_eq!(infidelity(&[], &perturbations, &[2.0, 0.0], true), None);
        assert_eq!(infidelity(&[0.0; 4], &perturbations, &[2.0], false), None);
        assert_eq!(infidelity(&[f32::NAN; 4], &perturbations, &[2.0, 0.0], false), None);
        assert_eq!(infidelity(&[0.0; 4], &[[0.0f32; 4]; 0], &[], false), None);
    }

    #[test]
    fn sensitivity_by_hand() {
        assert_eq!(sensitivity(&[3.0, 4.0], &[[3.0, 4.5], [3.0, 3.0]]), Some(0.2));
        assert_eq!(sensitivity(&[0.0, 0.0], &[[3.0, 4.0]]), Some(5.0));
        assert_eq!(sensitivity(&[3.0, 4.0], &[[3.0, f32::NAN], [0.0, 0.0]]), None);
        assert_eq!(sensitivity(&[3.0], &[[3.0, 4.0]]), None);
        assert_eq!(sensitivity(&[3.0, 4.0], &[[0.0f32; 2]; 0]), None);
    }
}
