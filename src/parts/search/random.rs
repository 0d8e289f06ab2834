use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SearchMethod;
use camlab_search::{SearchPoint, SearchSpace, Trial, random_point};

/// `random` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RandomSearch {}

impl SearchMethod for RandomSearch {
    fn propose(&self, space: &SearchSpace, seed: u64, trials: &[Trial], count: usize) -> Vec<SearchPoint> {
        (trials.len()..trials.len() + count).map(|trial| random_point(space, seed, trial)).collect()
    }
}
