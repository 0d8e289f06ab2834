use std::collections::BTreeMap;

use super::RunError;
use super::cause::FailureCause;

/// The stages that have no artefact after a run.
#[derive(Default)]
pub(super) struct Failures {
    /// Errors of the stages that failed.
    errors: BTreeMap<usize, RunError>,
    causes: BTreeMap<usize, FailureCause>,
    /// Stages that were not run, with the failed one that they need.
    skipped: BTreeMap<usize, usize>,
    /// Stages that could have run, but not after the failure of another.
    left: Vec<usize>,
}

impl Failures {
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors, in the order of the plan.
    pub fn errors(&self) -> impl Iterator<Item = &RunError> {
        self.errors.values()
    }

    pub fn into_errors(self) -> Vec<RunError> {
        self.errors.into_values().collect()
    }

    /// Stages that were not run, with the failed one that they need.
    pub fn skipped(&self) -> &BTreeMap<usize, usize> {
        &self.skipped
    }

    /// Stages that were left out because another one failed.
    pub fn left(&self) -> &[usize] {
        &self.left
    }

    /// `true` if a stage has no artefact.
    pub fn lacks(&self, stage: usize) -> bool {
        self.errors.contains_key(&stage) || self.skipped.contains_key(&stage) || self.left.contains(&stage)
    }

    /// The error of a stage that failed, or that needs one that failed, and the kind of its cause.
    pub fn of(&self, stage: usize) -> Option<(&RunError, FailureCause)> {
        let failed = self.skipped.get(&stage).copied().unwrap_or(stage);
        Some((self.errors.get(&failed)?, *self.causes.get(&failed)?))
    }

    /// Notes the error of a stage.
    pub fn add(&mut self, stage: usize, error: RunError, cause: FailureCause) {
        self.errors.insert(stage, error);
        self.causes.insert(stage, cause);
    }

    /// Notes a stage that needs a failed one. `false` if it was known.
    pub fn skip(&mut self, stage: usize, needs: usize) -> bool {
        self.skipped.insert(stage, needs).is_none()
    }

    /// Notes the stages that are left out.
    pub fn leave(&mut self, stages: Vec<usize>) {
        self.left = stages;
    }
}
