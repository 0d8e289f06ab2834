use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_parts::search::SearchMethodSpec;

use crate::NamedMap;

/// `[search]`: a search for the values of some keys with the best result, without its `space`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SearchOptions {
    /// Choice of the points: `random`, `tpe`, `halving`.
    pub method: SearchMethodSpec,
    /// The result that decides between points.
    pub objective: Objective,
    /// Number of points that are proposed together, before any of their results is known. The points do not depend on the
    /// number of workers, which may be up to this number.
    #[serde(default = "usual_batch")]
    pub batch: usize,
    /// Seed of the points; that of the networks is `seeds`.
    #[serde(default)]
    pub seed: u64,
    /// Largest number of cells: points times seeds. Required unless `method` has its own number of points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cells: Option<usize>,
    /// Minutes of computing, added up over stages as the store has recorded them, after which no further batch starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<f64>,
    /// Annotation budget: largest number of boxes that the objective may read. As in wsolevaluation's protocol the boxes
    /// of images used to choose hyperparameters count once, for however many points they are used; the objective is
    /// computed on a random part of the split that has no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_boxes: Option<usize>,
    /// Evaluate the file's own values beside the best point, on held-out images.
    #[serde(default = "yes")]
    pub reference: bool,
}

fn usual_batch() -> usize {
    4
}

fn yes() -> bool {
    true
}

/// `search.objective`: a number of the report, computed on one split. Its mean over the seeds, and over the maps that it
/// does not tell apart, decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Objective {
    /// The metric, as tables name it: `max-box-acc-v2`, `pixel-auc`, `tpr@0.5` ...; one of `evaluation.metrics`.
    pub metric: String,
    /// The split whose images and boxes it is computed on.
    pub split: ObjectiveSplit,
    /// Direction of better values; default: the metric's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<ObjectiveDirection>,
    /// The CAM method; default: the mean of all methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The layer; may be left out if the method runs at one layer, or with `method`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The network; default: the mean of all networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Required to be `true` for `split = "test"`: the test images then choose the point that they are to evaluate, and the
    /// report warns that its numbers are optimistic.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_test: bool,
}

impl Objective {
    /// The map that it names; `None` for the mean of all.
    pub fn map(&self) -> Option<NamedMap> {
        let method = self.method.clone()?;
        Some(NamedMap { method, layer: self.layer.clone(), network: self.network.clone() })
    }
}

/// Split of an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectiveSplit {
    /// `data.val`.
    Val,
    /// `data.test`, which needs `allow-test = true`.
    Test,
}

impl ObjectiveSplit {
    /// The name in TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

/// Direction of better values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectiveDirection {
    /// Higher is better.
    Maximise,
    /// Lower is better.
    Minimise,
}
