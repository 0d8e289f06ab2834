/// Class probabilities of one image: `exp(z / t) / sum exp(z / t)`, in the order of its class scores,
/// `[classes]`.
///
/// Exponentials and their sum are in `f64`, relative to the highest score, so that none overflows.
/// `temperature` is above 0; 1 is the plain softmax, a higher one flattens it (Hinton et al. 2015).
pub fn softmax(logits: &[f32], temperature: f64) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |logit: &f32| (f64::from(logit - highest) / temperature).exp();
    let powers: Vec<f64> = logits.iter().map(power).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| (power / total) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn logarithms_of_shares_come_back_as_shares() {
        let shares = [0.1f32, 0.2, 0.7];
        let logits = shares.map(f32::ln);
        let found = softmax(&logits, 1.0);
        assert!(found.iter().zip(shares).all(|(found, share)| (found - share).abs() < 1e-7), "{found:?}");
        // Half the temperature gives the squares of the shares, normalised.
        let found = softmax(&logits, 0.5);
        let squares = shares.map(|share| share * share / 0.54);
        assert!(found.iter().zip(squares).all(|(found, share)| (found - share).abs() < 1e-7), "{found:?}");
        assert_eq!(softmax(&[1e4, 1e4], 1.0), [0.5, 0.5]);
    }
}
