use std::path::Path;

use camlab_base::file::Replacement;

use super::column::word;
use super::row::frame;
use super::{FrameError, FrameReader};

word! {
    /// Direction in which a metric improves.
    Direction {
        /// Higher is better.
        Higher = "higher",
        /// Lower is better.
        Lower = "lower",
    }
}

frame! {
    /// `summary.parquet`: one row per cell, network, method, layer, contrast and metric.
    SummaryRow in "summary.parquet" {
        /// Name of the experiment.
        experiment: String,
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
        /// Metric.
        metric: String,
        /// The metric over `n` images, in `unit`; NaN if it could not be computed.
        value: f64 => "column `unit`",
        /// Lower end of the 95 % confidence interval.
        ci_low: Option<f64> => "column `unit`",
        /// Upper end of the 95 % confidence interval.
        ci_high: Option<f64> => "column `unit`",
        /// Number of images of the value.
        n: u32 => "images",
        /// Unit of the value: `%`, `nats`, `passes`, ..., or empty.
        unit: String,
        /// Direction in which the metric improves.
        direction: Direction,
    }
}

/// Network name in the rows of baselines, which use no network.
pub const BASELINE: &str = "baseline";

/// Contrast name in the rows of unchanged maps.
pub const UNCHANGED: &str = "none";

/// File of the summary of unchanged maps as text.
pub const SUMMARY_CSV: &str = "summary.csv";

/// File of the summary under every contrast as text.
pub const CONTRASTS_CSV: &str = "contrasts.csv";

/// The columns of `summary.csv`, in order.
pub const CSV_COLUMNS: [&str; 11] =
    ["experiment", "cell", "seed", "network", "method", "layer", "metric", "value", "ci_low", "ci_high", "n"];

/// Writes `summary.csv` from `summary.parquet`: the header and one line per row of unchanged maps; missing numbers are
/// empty fields. Returns `true` if there are rows under a contrast.
///
/// # Errors
/// `summary.parquet` is missing or damaged, or `summary.csv` cannot be written.
pub fn write_csv(dir: &Path) -> Result<bool, FrameError> {
    let mut contrasted = false;
    lines(dir, SUMMARY_CSV, &CSV_COLUMNS, |row| {
        let unchanged = row.contrast == UNCHANGED;
        contrasted |= !unchanged;
        unchanged.then(|| fields(row).to_vec())
    })?;
    Ok(contrasted)
}

/// Writes `contrasts.csv`: the rows of every contrast, which the last column names.
///
/// # Errors
/// As [`write_csv`].
pub fn write_contrasts_csv(dir: &Path) -> Result<(), FrameError> {
    let columns: Vec<&str> = CSV_COLUMNS.into_iter().chain(["contrast"]).collect();
    lines(dir, CONTRASTS_CSV, &columns, |row| {
        Some(fields(row).into_iter().chain([row.contrast.clone()]).collect())
    })
}

fn lines(
    dir: &Path,
    file: &str,
    columns: &[&str],
    mut line: impl FnMut(&SummaryRow) -> Option<Vec<String>>,
) -> Result<(), FrameError> {
    let path = dir.join(file);
    let unwritable = |source| FrameError::Write { path: path.clone(), source };
    let mut output = Replacement::new(&path).map_err(unwritable)?;
    let mut writer = csv::Writer::from_writer(output.file());
    let failed = |error: csv::Error| unwritable(error.into());
    writer.write_record(columns).map_err(failed)?;
    for frame in FrameReader::report::<SummaryRow>(dir)? {
        for row in frame?.rows::<SummaryRow>()? {
            if let Some(fields) = line(&row) {
                writer.write_record(&fields).map_err(failed)?;
            }
        }
    }
    writer.flush().map_err(unwritable)?;
    drop(writer);
    output.finish().map_err(unwritable)
}

fn fields(row: &SummaryRow) -> [String; 11] {
    [
        row.experiment.clone(),
        row.cell.clone(),
        row.seed.to_string(),
        row.network.clone(),
        row.method.clone(),
        row.layer.clone(),
        row.metric.clone(),
        number(Some(row.value)),
        number(row.ci_low),
        number(row.ci_high),
        row.n.to_string(),
    ]
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default()
}
