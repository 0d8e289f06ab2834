/// Mean over the classes of the average precision of their scores, 0 to 1, as scikit-learn's `average_precision_score`
/// with `average="macro"` over the classes that some image shows; 0 if there are none.
///
/// `scores` and `shown` are `[images, classes]`.
pub(super) fn mean_average_precision(scores: &[f32], shown: &[bool], classes: usize) -> f64 {
    let images = scores.len() / classes.max(1);
    let precision = |class: usize| -> Option<f64> {
        let mut order: Vec<(f32, bool)> = (0..images)
            .map(|image| (scores[image * classes + class], shown[image * classes + class]))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut right, mut before, mut sum) = (0usize, 0usize, 0.0);
        for (at, (score, own)) in order.iter().enumerate() {
            right += usize::from(*own);
            // Equal scores are one step.
            if order.get(at + 1).is_none_or(|next| next.0 < *score) {
                sum += (right - before) as f64 * right as f64 / (at + 1) as f64;
                before = right;
            }
        }
        (right > 0).then(|| sum / right as f64)
    };
    let all: Vec<f64> = (0..classes).filter_map(precision).collect();
    if all.is_empty() { 0.0 } else { all.iter().sum::<f64>() / all.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::mean_average_precision;

    #[test]
    fn is_that_of_scikit_learn() {
        // average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.8333..., the example of its documentation; for
        // the second class, with two equal scores, 1/2 * 1 + 1/2 * 2/3.
        let scores = [0.1, 0.8, 0.4, 0.3, 0.35, 0.3, 0.8, 0.1];
        let shown = [false, true, false, true, true, false, true, false];
        let found = mean_average_precision(&scores, &shown, 2);
        assert!((found - (0.833_333_333 + 0.833_333_333) / 2.0).abs() < 1e-8, "{found}");
        // A class that no image shows does not count.
        assert_eq!(mean_average_precision(&[0.3, 0.2, 0.1, 0.4], &[true, false, false, false], 2), 1.0);
    }
}
