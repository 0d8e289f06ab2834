use super::artefacts::EvaluatedImages;
use camlab_frame::ImageRow;
use camlab_parts::metric::ImageColumns;
use camlab_raster::Rate;

/// The image rows of one evaluation as columns, the input of the metrics.
pub(super) fn columns(EvaluatedImages { rows: images, quantities }: &EvaluatedImages) -> ImageColumns {
    ImageColumns {
        iou_any: images.iter().map(|row| row.iou_any.clone()).collect(),
        iou_largest: images.iter().map(|row| row.iou_largest.clone()).collect(),
        label_rank: images.iter().map(|row| row.label_rank).collect(),
        label_probability: images.iter().map(|row| row.label_probability).collect(),
        auc: images.iter().map(|row| row.auc).collect(),
        kl: images.iter().map(|row| row.kl).collect(),
        rates: images.iter().map(rates).collect(),
        labels: images.iter().map(|row| row.label as usize).collect(),
        class_probabilities: Vec::new(),
        quantities: quantities.clone(),
    }
}

/// The ROC points of one image, as input of the metrics.
fn rates(row: &ImageRow) -> Vec<Rate> {
    let known = |value: f32| (!value.is_nan()).then_some(f64::from(value));
    let points = row.thresholds.iter().zip(&row.tpr).zip(&row.fpr);
    points
        .map(|((threshold, tpr), fpr)| Rate {
            threshold: *threshold,
            true_positive: known(*tpr),
            false_positive: known(*fpr),
        })
        .collect()
}
