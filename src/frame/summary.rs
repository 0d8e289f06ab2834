use super::column::word;
use super::row::frame;

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
        value: f64,
        /// Lower end of the 95 % confidence interval.
        ci_low: Option<f64>,
        /// Upper end of the 95 % confidence interval.
        ci_high: Option<f64>,
        /// Number of images of the value.
        n: u32,
        /// Unit of the value: `%`, `s`, ..., or empty.
        unit: String,
        /// Direction in which the metric improves.
        direction: Direction,
    }
}

/// Network name in the rows of baselines, which use no network.
pub const BASELINE: &str = "baseline";

/// Contrast name in the rows of unchanged maps.
pub const UNCHANGED: &str = "none";

/// The columns of `summary.csv`, in order.
pub const CSV_COLUMNS: [&str; 11] =
    ["experiment", "cell", "seed", "network", "method", "layer", "metric", "value", "ci_low", "ci_high", "n"];

/// Content of `summary.csv`: the header and one line per row of unchanged maps; missing numbers are empty fields.
///
/// # Errors
/// An error of the CSV writer; does not occur when writing to memory.
pub fn csv(rows: &[SummaryRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV_COLUMNS)?;
    for row in rows.iter().filter(|row| row.contrast == UNCHANGED) {
        writer.write_record(fields(row))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Content of `contrasts.csv`: the rows of every contrast, which the last column names.
///
/// # Errors
/// As [`csv()`].
pub fn contrasts_csv(rows: &[SummaryRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV_COLUMNS.iter().chain(&["contrast"]))?;
    for row in rows {
        writer.write_record(fields(row).iter().chain(std::iter::once(&row.contrast)))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
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
