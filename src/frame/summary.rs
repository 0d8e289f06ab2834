use super::column::word;
use super::row::frame;

word! {
    /// Which way a metric improves.
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
        /// What was done to the map before it was judged; `none`: nothing.
        contrast: String,
        /// Metric.
        metric: String,
        /// The metric over `n` images, in `unit`; NaN when it could not be computed.
        value: f64,
        /// Lower end of the 95 % confidence interval.
        ci_low: Option<f64>,
        /// Upper end of the 95 % confidence interval.
        ci_high: Option<f64>,
        /// Images that entered the value.
        n: u32,
        /// Unit of the value: `%`, `s`, or empty.
        unit: String,
        /// Which way the metric improves.
        direction: Direction,
    }
}

/// Network name of the rows that look at no network.
pub const BASELINE: &str = "baseline";

/// The contrast of maps that are judged as they are.
pub const UNCHANGED: &str = "none";

/// The columns of `summary.csv`, in order.
pub const CSV_COLUMNS: [&str; 11] =
    ["experiment", "cell", "seed", "network", "method", "layer", "metric", "value", "ci_low", "ci_high", "n"];

/// `summary.csv`: the header and one line per row of maps judged as they are; missing numbers are empty fields.
///
/// # Errors
/// When the CSV writer cannot take a record, which memory always can.
pub fn csv(rows: &[SummaryRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV_COLUMNS)?;
    for row in rows.iter().filter(|row| row.contrast == UNCHANGED) {
        writer.write_record(fields(row))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// `contrasts.csv`: the rows of every contrast, with a last column that names it.
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
