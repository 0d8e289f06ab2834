//! Curves of a score while pixels are replaced in the order of a map, as in insertion and deletion.

/// Numbers of replaced positions at the points of a curve: 0, then every `ceil(positions / steps)`, then all of them
/// (`DeletionInsertionMetric` of torchcam). At most `steps + 1` points; with `steps` = 0 the two ends.
pub fn replaced_counts(positions: usize, steps: usize) -> Vec<usize> {
    let step = positions.div_ceil(steps.max(1)).max(1);
    (0..positions).step_by(step).chain([positions]).collect()
}

/// Area under a curve by the trapezoidal rule over its ascending `fractions` (`torch.trapezoid`, as in torchcam's
/// insertion and deletion AUC): the mean score if the fractions go from 0 to 1.
///
/// `None` if the lengths differ, there are no points, or a value is not finite.
pub fn curve_area(fractions: &[f64], scores: &[f64]) -> Option<f64> {
    let finite = fractions.iter().chain(scores).all(|value| value.is_finite());
    if fractions.len() != scores.len() || scores.is_empty() || !finite {
        return None;
    }
    let pieces = fractions.windows(2).zip(scores.windows(2));
    Some(pieces.map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_torchcams() {
        assert_eq!(replaced_counts(10, 5), [0, 2, 4, 6, 8, 10]);
        assert_eq!(replaced_counts(10, 4), [0, 3, 6, 9, 10]);
        assert_eq!(replaced_counts(3, 20), [0, 1, 2, 3]);
        assert_eq!(replaced_counts(3, 0), [0, 3]);
        assert_eq!(replaced_counts(0, 4), [0]);
    }

    #[test]
    fn areas() {
        assert_eq!(curve_area(&[0.0, 0.25, 1.0], &[1.0, 0.0, 0.5]), Some(0.125 + 0.1875));
        assert_eq!(curve_area(&[0.0], &[1.0]), Some(0.0));
        assert_eq!(curve_area(&[], &[]), None);
        assert_eq!(curve_area(&[0.0, 1.0], &[1.0]), None);
        assert_eq!(curve_area(&[0.0, 1.0], &[1.0, f64::NAN]), None);
    }
}
