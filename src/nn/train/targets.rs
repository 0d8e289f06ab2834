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

/// Targets `[n, classes]` of classes that are decided each by itself: 1 for every class of an image, else 0.
pub(super) fn indicators(batch: &LabelledBatch, classes: usize) -> Result<Vec<f32>, TrainError> {
    let images = batch.images.count;
    let fits = |labels: &[usize]| labels.iter().all(|label| *label < classes);
    let known = batch.label_sets.is_empty() || batch.label_sets.len() == images;
    if batch.labels.len() != images || !known || batch.mixed.is_some() || batch.soft.is_some() {
        return Err(TrainError::LabelSets { images, classes });
    }
    let mut targets = vec![0.0; images * classes];
    for (image, row) in targets.chunks_exact_mut(classes.max(1)).enumerate() {
        let labels = batch.shown(image);
        if !fits(labels) {
            return Err(TrainError::LabelSets { images, classes });
        }
        labels.iter().for_each(|label| row[*label] = 1.0);
    }
    Ok(targets)
}

/// Number of rows of `logits` that have their (first) maximum at a label of the image.
pub(super) fn correct(logits: &[f32], batch: &LabelledBatch, classes: usize) -> usize {
    let best = |row: &[f32]| (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b]));
    let right =
        |(image, row): &(usize, &[f32])| best(row).is_some_and(|class| batch.shown(*image).contains(&class));
    logits.chunks_exact(classes).enumerate().take(batch.labels.len()).filter(right).count()
}
