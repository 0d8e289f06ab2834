use std::collections::HashMap;
use std::path::Path;

use camlab::frame::aggregate::{Aggregate, OverSeeds};
use camlab::frame::{CellRow, FrameReader, SummaryRow, TrainingRow, UNCHANGED};
use camlab::share::SharedMetric;

/// The metrics of the cells of a report and of its configurations over all seeds.
pub(super) struct ReportMetrics {
    /// By cell: results, then training curves.
    pub(super) cells: HashMap<String, Vec<SharedMetric>>,
    /// By configuration: means over the seeds, as in the report's table.
    pub(super) configurations: HashMap<String, Vec<SharedMetric>>,
}

impl ReportMetrics {
    /// Reads `summary.parquet` and `training.parquet`; `time_ms` is the time of every value.
    pub(super) fn read(report: &Path, cells: &[CellRow], time_ms: i64) -> anyhow::Result<Self> {
        let mut found = Self { cells: HashMap::new(), configurations: HashMap::new() };
        let metric = |key: String, value, step| SharedMetric { key, value, step, time_ms };
        let mut groups = OverSeeds::new(cells)?;
        for frame in FrameReader::report::<SummaryRow>(report)? {
            let frame = frame?;
            for row in frame.rows::<SummaryRow>()? {
                let key = result_key(&row.metric, &row.network, &row.method, &row.layer, &row.contrast);
                let metrics = found.cells.entry(row.cell).or_default();
                let ends = [("/ci_low", row.ci_low), ("/ci_high", row.ci_high), ("/n", Some(row.n.into()))];
                for (end, value) in ends {
                    metrics.extend(value.map(|value| metric(format!("{key}{end}"), value, 0)));
                }
                metrics.push(metric(key, row.value, 0));
            }
            groups.add(frame)?;
        }
        for group in groups.finish() {
            let metrics = found.configurations.entry(group.configuration.to_string()).or_default();
            metrics.extend(over_seeds(&group).into_iter().map(|(key, value)| metric(key, value, 0)));
        }
        for frame in FrameReader::report::<TrainingRow>(report)? {
            for row in frame?.rows::<TrainingRow>()? {
                let metrics = found.cells.entry(row.cell).or_default();
                for (column, value) in [
                    ("learning_rate", Some(row.learning_rate)),
                    ("loss", Some(row.loss)),
                    ("accuracy", Some(row.accuracy)),
                    ("validation_loss", row.validation_loss),
                    ("validation_accuracy", row.validation_accuracy),
                    ("images_per_second", Some(row.images_per_second)),
                    ("seconds", Some(row.seconds)),
                ] {
                    let key = format!("train/{}/{column}", row.network);
                    metrics.extend(value.map(|value| metric(key, value, row.epoch.into())));
                }
            }
        }
        Ok(found)
    }
}

/// `METRIC/NETWORK/METHOD/LAYER`, and `/CONTRAST` for maps under one.
fn result_key(metric: &str, network: &str, method: &str, layer: &str, contrast: &str) -> String {
    let key = format!("{metric}/{network}/{method}/{layer}");
    if contrast == UNCHANGED { key } else { format!("{key}/{contrast}") }
}

/// A result over seeds: its mean (NaN without a finite value), standard deviation, and numbers of seeds and images.
fn over_seeds(group: &Aggregate) -> Vec<(String, f64)> {
    let key = result_key(&group.metric, &group.network, &group.method, &group.layer, &group.contrast);
    let mut values = vec![
        (format!("{key}/seeds"), group.seeds as f64),
        (format!("{key}/n"), group.images.into()),
        (key.clone(), group.value.unwrap_or(f64::NAN)),
    ];
    values.extend(group.deviation.map(|deviation| (format!("{key}/std"), deviation)));
    values
}
