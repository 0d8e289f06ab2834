use std::collections::{BTreeMap, BTreeSet};

use camlab_graph::StageRef;
use camlab_plan::Search;
use camlab_search::TrialOutcome;
use camlab_store::HeldLock;

use super::objective::{ObjectiveImages, ObjectiveSample};
use super::trial::SearchTrial;

/// State of a search that runs.
pub(super) struct SearchState {
    /// Name of the run.
    pub run_id: String,
    /// The images that the objective is computed on.
    pub images: ObjectiveImages,
    pub trials: Vec<SearchTrial>,
    /// Stages of the trials, for which the store keeps their artefacts, and the seconds that each took.
    pub seconds: BTreeMap<StageRef, f64>,
    /// Number of trials that have their last result.
    pub completed: usize,
    /// Number of stages that ran.
    pub made: usize,
    /// `true` if nothing may run.
    pub dry: bool,
    /// Marks the run as alive.
    pub alive: Option<HeldLock>,
}

impl SearchState {
    /// Notes the last result of a trial.
    pub fn complete(&mut self, trial: usize, found: Result<ObjectiveSample, String>, search: &Search) {
        let completed = self.completed;
        self.completed += 1;
        let trial = &mut self.trials[trial];
        trial.completed = completed;
        trial.take(found, search);
    }

    /// The trial with the best result among those that are complete; the first of equal ones.
    pub fn best(&self) -> Option<usize> {
        let complete = self.trials.iter().filter(|trial| trial.is_complete());
        let ranked = complete.filter_map(|trial| match trial.outcome() {
            TrialOutcome::Value(loss) => Some((loss, trial.number)),
            _ => None,
        });
        ranked.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, number)| number)
    }

    /// Stages that any trial has used.
    pub fn stages(&self) -> BTreeSet<StageRef> {
        self.seconds.keys().cloned().collect()
    }
}
