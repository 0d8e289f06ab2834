//! The map thresholds at which the box metrics of one evaluation are reported.

use camlab_frame::{Frame, FrameError, MapThresholdRow};
use camlab_parts::metric::{Contours, ThresholdSource, chosen_boxes, chosen_level};
use camlab_stage::threshold::{ANY, LARGEST};

use super::evaluations::EvaluatedMap;

/// The rows of `map-thresholds.parquet` of one evaluation: the oracle's thresholds, then those of other images.
pub(super) fn map_thresholds(evaluated: &EvaluatedMap<'_>) -> Result<Frame, FrameError> {
    let cell = evaluated.cell;
    let [network, method, layer, contrast] = evaluated.map();
    let columns = &evaluated.columns;
    let asked = chosen_boxes(&cell.experiment.evaluation.metrics);
    let row = |source: ThresholdSource, contours: Contours, delta: f64, level: u8| MapThresholdRow {
        cell: cell.id.clone(),
        seed: cell.seed as i64,
        network: network.to_owned(),
        method: method.to_owned(),
        layer: layer.to_owned(),
        contrast: contrast.to_owned(),
        chosen_by: source.name().to_owned(),
        contours: if contours == Contours::Largest { LARGEST } else { ANY }.to_owned(),
        delta: delta as f32,
        level: u32::from(level),
    };
    let mut rows = Vec::new();
    for (contours, delta) in &asked {
        let level = chosen_level(&columns.boxes, *delta, *contours);
        rows.extend(level.map(|level| row(ThresholdSource::Oracle, *contours, *delta, level)));
    }
    for (source, levels) in &columns.chosen {
        for (contours, delta) in &asked {
            let level = levels.get(*contours, *delta);
            rows.extend(level.map(|level| row(*source, *contours, *delta, level)));
        }
    }
    Frame::of(&rows)
}
