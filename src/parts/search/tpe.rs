use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SearchMethod;
use camlab_search::{SearchPoint, SearchSpace, Tpe, Trial};

/// Options of the tree-structured Parzen estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TpeSearch {
    /// Number of random points before the estimator is used.
    pub startup: usize,
    /// Number of draws from the estimate of good points, of which the most promising becomes the next point.
    pub candidates: usize,
}

impl Default for TpeSearch {
    fn default() -> Self {
        let Tpe { startup, candidates, .. } = Tpe::default();
        Self { startup, candidates }
    }
}

impl SearchMethod for TpeSearch {
    fn propose(&self, space: &SearchSpace, seed: u64, trials: &[Trial], count: usize) -> Vec<SearchPoint> {
        let Self { startup, candidates } = *self;
        Tpe { startup, candidates, ..Tpe::default() }.propose(space, seed, trials, count)
    }

    fn check(&self, _space: &SearchSpace) -> Result<(), (String, String)> {
        match self.candidates {
            0 => Err(("candidates".into(), "`candidates = 0` leaves nothing to choose from; use 24".into())),
            _ => Ok(()),
        }
    }
}
