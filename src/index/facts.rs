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

/// The results of one network, method and layer under one configuration, means over its seeds.
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
    /// The value of each metric; `None` where it has none.
    pub values: Vec<Option<f64>>,
}
