use super::TrainError;

/// Target probabilities `[n, classes]`: `1 - smoothing` at the label and `smoothing / classes` everywhere, as
/// torch's `CrossEntropyLoss(label_smoothing=...)`.
pub(super) fn probabilities(
    labels: &[usize],
    images: usize,
    classes: usize,
    smoothing: f64,
) -> Result<Vec<f32>, TrainError> {
    if labels.len() != images || labels.iter().any(|label| *label >= classes) {
        return Err(TrainError::Labels { labels: labels.to_vec(), images, classes });
    }
    let everywhere = smoothing / classes as f64;
    let mut targets = vec![everywhere as f32; images * classes];
    for (row, label) in targets.chunks_exact_mut(classes).zip(labels) {
        row[*label] = (1.0 - smoothing + everywhere) as f32;
    }
    Ok(targets)
}

/// How many rows of `logits` have their (first) maximum at the label.
pub(super) fn correct(logits: &[f32], labels: &[usize], classes: usize) -> usize {
    let best = |row: &[f32]| (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b]));
    logits.chunks_exact(classes).zip(labels).filter(|(row, label)| best(row) == Some(**label)).count()
}
