//! The rows about a search in the report of its best point.

use camlab_frame::{ImportanceRow, SearchEstimateRow, SearchRow, TrialKeyRow, TrialRow};
use camlab_graph::StageRef;
use camlab_plan::Search;

/// A search as the report at its end shows it.
pub struct SearchRecord {
    /// Stages of the trials.
    pub(super) stages: Vec<StageRef>,
    /// `None` before its end.
    pub(crate) frames: Option<SearchRows>,
}

/// The rows about a search.
pub(crate) struct SearchRows {
    pub search: Search,
    pub about: SearchRow,
    pub trials: Vec<TrialRow>,
    pub keys: Vec<TrialKeyRow>,
    pub importance: Vec<ImportanceRow>,
    /// Without those of the test images.
    pub estimates: Vec<SearchEstimateRow>,
}

impl SearchRecord {
    /// The stages of a search that has no result yet.
    pub(super) fn of_stages<'s>(stages: impl Iterator<Item = &'s StageRef>) -> Self {
        Self { stages: stages.cloned().collect(), frames: None }
    }

    /// Stages of the trials, whose artefacts are kept.
    pub(crate) fn stages(&self) -> impl Iterator<Item = &StageRef> {
        self.stages.iter()
    }

    /// Adds what the report depends on to a hash.
    pub(crate) fn hash(&self, hasher: &mut blake3::Hasher) {
        let Some(frames) = &self.frames else { return };
        for row in &frames.trials {
            hasher.update(
                format!("{} {:?} {:?} {:?}\n", row.trial, row.state, row.value, row.resource).as_bytes(),
            );
        }
        for row in &frames.keys {
            hasher.update(format!("{} {} {}\n", row.trial, row.key, row.value).as_bytes());
        }
    }
}
