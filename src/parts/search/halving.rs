use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SearchMethod;
use camlab_search::{HalvingSchedule, SearchPoint, SearchSpace, Trial, grid, random_point};

/// Options of successive halving.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HalvingSearch {
    /// Unit in which each rung has more than the one before it.
    pub by: RungUnit,
    /// Epochs or images of the first rung.
    pub least: u64,
    /// Each rung has this many times the epochs or images of the one before, and the best one in this many points reaches
    /// it.
    pub factor: u64,
    /// Points of the first rung: a number of random points, or `"grid"` for every combination of a space of choices.
    pub candidates: CandidateSource,
}

impl Default for HalvingSearch {
    fn default() -> Self {
        Self { by: RungUnit::Epochs, least: 1, factor: 3, candidates: CandidateSource::Random(27) }
    }
}

/// Unit in which each rung has more than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RungUnit {
    /// Epochs of the networks' training, whose schedule is that of the whole training.
    Epochs,
    /// Images that the objective is computed on, in a random order.
    Images,
}

impl RungUnit {
    /// The name in TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Epochs => "epochs",
            Self::Images => "images",
        }
    }
}

/// Points of the first rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CandidateSource {
    /// This many random points.
    Random(usize),
    /// Every combination.
    Every(EveryPoint),
}

/// The word for every combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EveryPoint {
    /// `"grid"`.
    Grid,
}

impl HalvingSearch {
    /// The rungs of a training of `whole` epochs, or of as many images.
    ///
    /// # Errors
    /// `least` or `factor` out of range.
    pub fn schedule(&self, whole: u64) -> Result<HalvingSchedule, camlab_search::SearchError> {
        HalvingSchedule::new(whole, self.least, self.factor)
    }
}

impl SearchMethod for HalvingSearch {
    fn propose(&self, space: &SearchSpace, seed: u64, trials: &[Trial], count: usize) -> Vec<SearchPoint> {
        let known = trials.len();
        match self.candidates {
            CandidateSource::Random(all) => {
                (known..all.min(known + count)).map(|trial| random_point(space, seed, trial)).collect()
            }
            CandidateSource::Every(EveryPoint::Grid) => {
                grid(space).unwrap_or_default().into_iter().skip(known).take(count).collect()
            }
        }
    }

    fn points(&self, space: &SearchSpace) -> Option<usize> {
        Some(match self.candidates {
            CandidateSource::Random(all) => all,
            CandidateSource::Every(EveryPoint::Grid) => grid(space).map_or(0, |points| points.len()),
        })
    }

    fn halving(&self) -> Option<&HalvingSearch> {
        Some(self)
    }

    fn check(&self, space: &SearchSpace) -> Result<(), (String, String)> {
        let wrong = |key: &str, problem: &str| Err((key.to_owned(), problem.to_owned()));
        if self.least == 0 {
            return wrong("least", "`least = 0` is no rung; use 1 or more");
        }
        if self.factor < 2 {
            return wrong("factor", "`factor` is less than 2, so that no point is left out; use 2 to 4");
        }
        match self.candidates {
            CandidateSource::Random(0) => {
                wrong("candidates", "`candidates = 0` leaves nothing to choose from")
            }
            CandidateSource::Every(EveryPoint::Grid) if grid(space).is_none() => wrong(
                "candidates",
                "`candidates = \"grid\"` needs a space of choices and whole numbers; give every key a list, or a number \
                 of candidates",
            ),
            _ => Ok(()),
        }
    }
}
