use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::AlignError;

/// Scores are scaled to integers of at most this size: sums of thousands of them stay exact, and the rounding
/// error is far below that of the `f32` products they come from.
const SCALE: f64 = (1i64 << 44) as f64;

/// Linear assignment: the column of every row, each used once, with the largest sum of `scores` (`n` x `n`,
/// row-major).
///
/// # Errors
/// Scores that are not finite.
pub(super) fn assign(scores: &[f64], n: usize) -> Result<Vec<usize>, AlignError> {
    if scores.iter().any(|score| !score.is_finite()) {
        return Err(AlignError::NotFinite);
    }
    let largest = scores.iter().fold(0.0f64, |most, score| most.max(score.abs()));
    if n == 0 || largest == 0.0 {
        return Ok((0..n).collect());
    }
    let whole: Vec<i64> = scores.iter().map(|score| (score / largest * SCALE).round() as i64).collect();
    let matrix = Matrix::from_vec(n, n, whole).map_err(|_| AlignError::NotFinite)?;
    Ok(kuhn_munkres(&matrix).1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::assign;
    use crate::checkpoint::Checkpoint;

    /// Computed by hand.
    #[test]
    fn the_best_sum_of_the_six() {
        let scores = [1.0, 2.0, 3.0, 5.0, 4.0, 4.5, -2.0, 4.0, 9.0];
        // 1+4+9 = 14, 1+4.5+4 = 9.5, 2+5+9 = 16, 2+4.5-2 = 4.5, 3+5+4 = 12, 3+4-2 = 5
        assert_eq!(assign(&scores, 3).unwrap(), [1, 0, 2]);
        assert_eq!(assign(&[0.0; 4], 2).unwrap(), [0, 1]);
        assert!(assign(&[f64::NAN], 1).is_err());
    }

    #[test]
    fn scipy_assigns_the_same() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/fusion/fusion.safetensors");
        let golden = Checkpoint::read(&path).unwrap();
        let scores = &golden.tensors()["assignment/scores"].data;
        let scores: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
        let wanted: Vec<usize> =
            golden.tensors()["assignment/columns"].data.iter().map(|column| *column as usize).collect();
        assert_eq!(assign(&scores, wanted.len()).unwrap(), wanted);
    }
}
