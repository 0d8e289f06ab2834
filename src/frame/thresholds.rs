use super::row::frame;

frame! {
    /// `thresholds.parquet`, an artefact: the map thresholds that are best over a data set.
    ThresholdRow in "thresholds.parquet" {
        /// IoU (delta) from which a box counts as right.
        delta: f32,
        /// The contours whose boxes are evaluated: `any` or `largest`.
        contours: String,
        /// The threshold as a level: tau = level / 255.
        level: u32,
    }
}

frame! {
    /// `boxes.parquet`, an artefact: the predicted boxes of every image at the chosen thresholds, in the order of the
    /// evaluated maps.
    BoxRow in "boxes.parquet" {
        /// Index of the image in its dataset, from 0.
        index: u32,
        /// The IoU thresholds (delta) of the box metric.
        iou_thresholds: Vec<f32>,
        /// The chosen level per delta; empty without ground-truth boxes.
        tau_levels: Vec<u32>,
        /// Best predicted box at that level, per delta, flattened: 4 numbers each.
        boxes: Vec<i32>,
        /// IoU of that box with the ground truth, per delta.
        ious: Vec<f32>,
        /// Box of the largest component at its chosen level: 4 numbers.
        largest_box: Vec<i32>,
        /// IoU of the largest component's box with the ground truth.
        largest_iou: f32,
    }
}
