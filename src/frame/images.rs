use std::sync::Arc;

use super::row::frame;

frame! {
    /// `images.parquet`: one row per image, network, method, layer and contrast.
    ImageRow in "images.parquet" joined [
        cell, seed, network, method, layer, contrast, iou_thresholds, tau_levels, boxes, ious, val_levels, val_boxes, val_ious, largest_box, largest_iou, seconds, forwards,
    ] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network; `baseline` for baselines, which use no network.
        network: String,
        /// CAM method or baseline.
        method: String,
        /// Tapped layer; `-` for baselines.
        layer: String,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// True class of the image; 0 for images without labels.
        label: u32,
        /// Name of the true class; empty for images without labels.
        label_name: String,
        /// Target class of the map.
        target: u32,
        /// Class that the network predicts; null for baselines.
        predicted: Option<u32>,
        /// Probability of the label (softmax, or sigmoid of networks for several labels), 0 to 1; null for baselines.
        label_probability: Option<f32> => "0 to 1",
        /// Probability of the prediction, 0 to 1; null for baselines.
        predicted_probability: Option<f32> => "0 to 1",
        /// Rank of the label among the classes, others that the image shows left out, 0 = top-1; null for baselines.
        label_rank: Option<u32>,
        /// Rows of the evaluation grid, pixels.
        height: u32 => "pixels",
        /// Columns of the evaluation grid, pixels.
        width: u32 => "pixels",
        /// Ground-truth boxes, flattened: x0, y0, x1, y1 (inclusive) per box.
        truth_boxes: Vec<i32> => "pixels",
        /// The IoU thresholds (delta) of the box metric.
        iou_thresholds: Vec<f32> => "0 to 1",
        /// The map threshold chosen over the data set per delta, as a level: tau = level / 255.
        tau_levels: Vec<u32> => "1/255",
        /// Best predicted box at that level, per delta, flattened: 4 numbers each.
        boxes: Vec<i32> => "pixels",
        /// IoU of that box with the ground truth, per delta.
        ious: Vec<f32> => "0 to 1",
        /// The map threshold that the validation images choose per delta, as a level; empty without such images.
        val_levels: Vec<u32> => "1/255",
        /// Best predicted box at that level, per delta, flattened: 4 numbers each.
        val_boxes: Vec<i32> => "pixels",
        /// IoU of that box with the ground truth, per delta.
        val_ious: Vec<f32> => "0 to 1",
        /// Box of the largest component (MaxBoxAcc, V1) at its chosen level: 4 numbers.
        largest_box: Vec<i32> => "pixels",
        /// IoU of the largest component's box with the ground truth.
        largest_iou: f32 => "0 to 1",
        /// Best IoU of any component's box (V2), one per level.
        iou_any: Vec<f32> => "0 to 1",
        /// IoU of the largest component's box (V1), one per level.
        iou_largest: Vec<f32> => "0 to 1",
        /// Area under the per-image ROC curve of the map against the mask, 0 to 1.
        auc: Option<f32> => "0 to 1",
        /// Kullback-Leibler divergence of the map from the uniform distribution over the mask, nats.
        kl: Option<f32> => "nats",
        /// Thresholds of the per-image ROC points.
        thresholds: Vec<f32> => "0 to 1",
        /// True positive rate per threshold.
        tpr: Vec<f32> => "0 to 1",
        /// False positive rate per threshold.
        fpr: Vec<f32> => "0 to 1",
        /// Degenerate content of the map: `none`, `zero`, `constant`, `negative`, or `nan` (then it counts as 0).
        flag: String,
        /// Softmax probability of the target for the corrected image (`refine`), 0 to 1; null without correction.
        refined_probability: Option<f32> => "0 to 1",
        /// Time to compute the map, seconds.
        seconds: f64 => "s" [measured],
        /// Number of forward passes that the map needed, shared ones in full; null for baselines.
        forwards: Option<u32> => "passes",
    }
}

frame! {
    /// The columns of `images.parquet` that metrics and the choice of the gallery's images read.
    EvaluatedRow in "images.parquet" joined [val_ious] {
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// True class of the image.
        label: u32,
        /// Softmax probability of the label, 0 to 1; null for baselines.
        label_probability: Option<f32>,
        /// Rank of the label among the classes, 0 = top-1; null for baselines.
        label_rank: Option<u32>,
        /// Ground-truth boxes, flattened.
        truth_boxes: Vec<i32>,
        /// IoU of the best predicted box with the ground truth at the oracle's level, per delta.
        ious: Vec<f32>,
        /// The same at the level that the validation images choose; empty without such images.
        val_ious: Vec<f32>,
        /// Best IoU of any component's box (V2), one per level.
        iou_any: Vec<f32>,
        /// IoU of the largest component's box (V1), one per level.
        iou_largest: Vec<f32>,
        /// Area under the per-image ROC curve, 0 to 1.
        auc: Option<f32>,
        /// Kullback-Leibler divergence, nats.
        kl: Option<f32>,
        /// Thresholds of the per-image ROC points.
        thresholds: Vec<f32>,
        /// True positive rate per threshold.
        tpr: Vec<f32>,
        /// False positive rate per threshold.
        fpr: Vec<f32>,
        /// Degenerate content of the map.
        flag: Arc<str>,
        /// Number of forward passes that the map needed; null for baselines.
        forwards: Option<u32>,
    }
}

frame! {
    /// The columns of `images.parquet` by which thresholds are chosen.
    LevelRow in "images.parquet" {
        /// Best IoU of any component's box (V2), one per level.
        iou_any: Vec<f32>,
        /// IoU of the largest component's box (V1), one per level.
        iou_largest: Vec<f32>,
    }
}

frame! {
    /// The columns of `images.parquet` that predicted boxes are found with.
    BoxedRow in "images.parquet" {
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// Ground-truth boxes, flattened.
        truth_boxes: Vec<i32>,
        /// IoU of the largest component's box (V1), one per level.
        iou_largest: Vec<f32>,
    }
}

frame! {
    /// The columns of `images.parquet` that paired comparisons read: IoU per image.
    ImageOutcome in "images.parquet" joined [val_ious] {
        /// Cell of the experiment.
        cell: Arc<str>,
        /// Seed of the cell.
        seed: i64,
        /// Network, or `baseline`.
        network: Arc<str>,
        /// CAM method or baseline.
        method: Arc<str>,
        /// Tapped layer; `-` for baselines.
        layer: Arc<str>,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: Arc<str>,
        /// Identifier of the image in its dataset.
        image: Arc<str>,
        /// The IoU thresholds (delta).
        iou_thresholds: Vec<f32> => "0 to 1",
        /// IoU at the oracle's level, per delta.
        ious: Vec<f32> => "0 to 1",
        /// IoU at the level that the validation images choose, per delta; empty without such images.
        val_ious: Vec<f32> => "0 to 1",
    }
}
