use std::path::Path;

use super::row::frame;
use super::summary::Direction;
use super::{Frame, FrameError, FrameReader, Row as _, SummaryRow, UNCHANGED};

frame! {
    /// `cost.parquet`: measured time and memory, a row per cell, stage and map that it makes or reads. All rows of a stage
    /// have one `key`, those of several cells among them.
    CostRow in "cost.parquet" {
        /// Name of the experiment.
        experiment: String,
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Kind of stage: `train`, `map`, `evaluate` ...
        stage: String,
        /// Key of the stage in the store.
        key: String,
        /// Network of the maps that the stage makes or reads; empty for other stages.
        network: String,
        /// CAM method or baseline of these maps; empty for other stages.
        method: String,
        /// Layer of these maps; empty for other stages.
        layer: String,
        /// Contrast applied to these maps; empty for stages before it.
        contrast: String,
        /// The stage in words: network, method, layer.
        label: String,
        /// Wall-clock time of the stage when it was made, by this run or an earlier one; stages that share passes are
        /// measured together, and each has its share; null if the record of the stage's cost is damaged.
        seconds: Option<f64> => "s" [measured],
        /// Number of images whose time was measured one by one; 0 for other stages.
        images: u32 => "images",
        /// Mean over these images: the image's share of the batch's passes plus the method's own time.
        seconds_per_image: Option<f64> => "s" [measured],
        /// Mean number of forward passes over these images; shared passes count in full.
        passes_per_image: Option<f64> => "passes",
        /// Largest resident memory of the process that made the stage; null where stages share a process.
        peak_bytes: Option<u64> => "bytes" [measured],
    }
}

/// Metric name of the mean time per image.
const SECONDS: &str = "seconds";

/// Hands over the mean times of the maps as a metric, for the tables of a report; nothing in a report older than this
/// frame.
///
/// # Errors
/// `cost.parquet` is damaged, and those of `take`.
pub fn seconds_as_metric(
    dir: &Path,
    mut take: impl FnMut(Frame) -> Result<(), FrameError>,
) -> Result<(), FrameError> {
    if dir.join(CostRow::FILE).is_file() {
        for frame in FrameReader::report::<CostRow>(dir)? {
            let rows: Vec<CostRow> = frame?.rows()?;
            let seconds: Vec<SummaryRow> = rows.into_iter().filter_map(seconds_of).collect();
            take(Frame::of(&seconds)?)?;
        }
    }
    Ok(())
}

fn seconds_of(row: CostRow) -> Option<SummaryRow> {
    let value = row.seconds_per_image.filter(|_| !row.method.is_empty() && row.contrast.is_empty())?;
    Some(SummaryRow {
        experiment: row.experiment,
        cell: row.cell,
        seed: row.seed,
        network: row.network,
        method: row.method,
        layer: row.layer,
        contrast: UNCHANGED.to_owned(),
        metric: SECONDS.to_owned(),
        value,
        ci_low: None,
        ci_high: None,
        n: row.images,
        unit: "s".to_owned(),
        direction: Direction::Lower,
    })
}
