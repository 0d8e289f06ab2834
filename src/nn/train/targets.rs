use super::{LabelledBatch, Mixed, TrainError};

/// Target probabilities `[n, classes]`: `1 - smoothing` at the label (or shared between the two labels of a
/// mixed image) and `smoothing / classes` everywhere, as PyTorch's `CrossEntropyLoss(label_smoothing=...)`.
pub(super) fn probabilities(
    batch: &LabelledBatch,
    classes: usize,
    smoothing: f64,
) -> Result<Vec<f32>, TrainError> {
    let LabelledBatch { images, labels, mixed, .. } = batch;
    let images = images.count;
    for labels in [Some(labels), mixed.as_ref().map(|mixed| &mixed.labels)].into_iter().flatten() {
        if labels.len() != images || labels.iter().any(|label| *label >= classes) {
            return Err(TrainError::Labels { labels: labels.to_vec(), images, classes });
        }
    }
    let everywhere = smoothing / classes as f64;
    let mut targets = vec![everywhere; images * classes];
    let mut add = |labels: &[usize], share: f64| {
        for (row, label) in targets.chunks_exact_mut(classes).zip(labels) {
            row[*label] += (1.0 - smoothing) * share;
        }
    };
    match mixed {
        None => add(labels, 1.0),
        Some(Mixed { labels: others, share }) => {
            add(labels, *share);
            add(others, 1.0 - share);
        }
    }
    Ok(targets.into_iter().map(|target| target as f32).collect())
}

/// Number of rows of `logits` that have their (first) maximum at the label.
pub(super) fn correct(logits: &[f32], labels: &[usize], classes: usize) -> usize {
    let best = |row: &[f32]| (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b]));
    logits.chunks_exact(classes).zip(labels).filter(|(row, label)| best(row) == Some(**label)).count()
}
