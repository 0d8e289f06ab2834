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
    /// `summary.parquet`: one row per cell, network, method, layer and metric.
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

/// The columns of `summary.csv`, in order.
pub const CSV_COLUMNS: [&str; 11] =
    ["experiment", "cell", "seed", "network", "method", "layer", "metric", "value", "ci_low", "ci_high", "n"];

/// `summary.csv`: the header and one line per row; missing numbers are empty fields.
///
/// # Errors
/// When the CSV writer cannot take a record, which memory always can.
pub fn csv(rows: &[SummaryRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV_COLUMNS)?;
    for row in rows {
        writer.write_record([
            &row.experiment,
            &row.cell,
            &row.seed.to_string(),
            &row.network,
            &row.method,
            &row.layer,
            &row.metric,
            &number(Some(row.value)),
            &number(row.ci_low),
            &number(row.ci_high),
            &row.n.to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default()
}
