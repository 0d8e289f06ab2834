use std::collections::HashSet;
use std::path::Path;

use super::row::frame;
use super::{FrameError, read_if_there};

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
    /// `map-thresholds.parquet`: the map thresholds at which box metrics are reported; a row per cell, map, choice and
    /// minimum IoU.
    MapThresholdRow in "map-thresholds.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network; `baseline` for baselines.
        network: String,
        /// CAM method or baseline.
        method: String,
        /// Tapped layer; `-` for baselines.
        layer: String,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: String,
        /// The images that chose it: `oracle` (the evaluated ones), `val` or `pseudo-boxes`.
        chosen_by: String,
        /// The contours whose boxes are evaluated: `any` or `largest`.
        contours: String,
        /// IoU (delta) from which a box counts as right.
        delta: f32 => "0 to 1",
        /// The threshold as a level: tau = level / 255.
        level: u32 => "1/255",
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

/// Choices of map thresholds in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ThresholdsOfReport {
    /// `true` if some are chosen on the evaluated images.
    pub oracle: bool,
    /// `true` if validation images chose some.
    pub val: bool,
    /// `true` if validation images chose some, but not those of every map.
    pub mixed: bool,
}

/// The choices of map thresholds in a report; none in one older than this frame.
///
/// # Errors
/// `map-thresholds.parquet` is damaged.
pub fn read_thresholds(dir: &Path) -> Result<ThresholdsOfReport, FrameError> {
    let (mut all, mut val) = (HashSet::new(), HashSet::new());
    for row in read_if_there::<MapThresholdRow>(dir)? {
        let is_val = row.chosen_by == "val";
        let map = (row.cell, row.seed, row.network, row.method, row.layer, row.contrast);
        if is_val {
            val.insert(map.clone());
        }
        all.insert(map);
    }
    let some = !val.is_empty();
    Ok(ThresholdsOfReport { oracle: !all.is_empty(), val: some, mixed: some && val.len() < all.len() })
}
