use serde::{Deserialize, Serialize};

use super::value::ExperimentValue;

/// The contents of a report that a list shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReportFacts {
    /// Name of the experiment.
    pub experiment: String,
    /// Start of the run, UTC, RFC 3339; empty if the report does not say.
    pub started: String,
    /// Wall-clock time of the run, seconds.
    pub seconds: Option<f64>,
    /// Name of the machine.
    pub host: String,
    /// Commit of the experiment's repository; empty if it was in none.
    pub commit: String,
    /// `true` if files of the repository differed from the commit.
    pub dirty: bool,
    /// Number of stages that failed.
    pub failed: usize,
    /// The metrics, in the report's order.
    pub metrics: Vec<MetricFacts>,
    /// Names of networks, methods and layers, each once; rows refer to them by place.
    pub names: Vec<String>,
    /// The configurations: cells that differ in their seed alone are one.
    pub configurations: Vec<ConfigurationFacts>,
    /// The results on unchanged maps, in the report's order.
    pub rows: Vec<ResultFacts>,
    /// The values of the rows, one per metric, each as the 16 hexadecimal digits of its bits, NaN for none: decoded where
    /// they are needed, which takes a tenth of the time of parsing decimal numbers.
    pub(super) values: String,
}

/// Digits of a value.
const DIGITS: usize = 16;

impl ReportFacts {
    /// Sets the values of the rows: one per metric, row after row.
    pub fn set_values(&mut self, values: impl Iterator<Item = Option<f64>>) {
        self.values = values.map(|value| format!("{:016x}", value.unwrap_or(f64::NAN).to_bits())).collect();
    }

    /// The value of a metric in a row; `None` where it has none.
    pub fn value(&self, row: usize, metric: usize) -> Option<f64> {
        let start = (row * self.metrics.len() + metric) * DIGITS;
        let digits = self.values.as_bytes().get(start..start + DIGITS)?;
        let mut bits = 0;
        for digit in digits {
            bits = bits << 4 | u64::from(char::from(*digit).to_digit(16)?);
        }
        Some(f64::from_bits(bits)).filter(|value| value.is_finite())
    }
}

/// A metric of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricFacts {
    /// Its TOML name.
    pub name: String,
    /// The name that papers print.
    pub title: String,
    /// Unit of its values: `%`, `nats`, ..., or empty.
    pub unit: String,
    /// `true` if higher is better.
    pub higher: bool,
}

/// A configuration of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationFacts {
    /// Its label, such as `training.lr = 0.1`; empty without a sweep.
    pub label: String,
    /// The backbone of its networks.
    pub backbone: String,
    /// The swept keys with their values.
    pub swept: Vec<(String, ExperimentValue)>,
}

/// The results of one network, method and layer under one configuration, means over its seeds; the values are
/// [`ReportFacts::value`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultFacts {
    /// Place of the configuration.
    pub configuration: usize,
    /// Places of network, method and layer among the names.
    pub names: [usize; 3],
    /// `true` for a baseline, which uses no network.
    pub baseline: bool,
    /// Number of seeds, the most of any metric.
    pub seeds: usize,
    /// Number of images, the most of any metric.
    pub images: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_bit_by_bit() {
        let metric =
            |name: &str| MetricFacts { name: name.into(), title: name.into(), unit: "".into(), higher: true };
        let mut facts = ReportFacts { metrics: vec![metric("a"), metric("b")], ..ReportFacts::default() };
        let values =
            [Some(0.1), None, Some(-0.0), Some(f64::MIN_POSITIVE), Some(64.123456789), Some(f64::MAX)];
        facts.set_values(values.into_iter());
        let text = serde_json::to_string(&facts).unwrap();
        let read: ReportFacts = serde_json::from_str(&text).unwrap();
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        for (place, value) in values.into_iter().enumerate() {
            assert_eq!(bits(read.value(place / 2, place % 2)), bits(value));
        }
        assert_eq!((read.value(3, 0), read.value(usize::MAX / 64, 0)), (None, None));
    }
}
