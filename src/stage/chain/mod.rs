//! The article's chain: what runs of it. Correction ([`polynomial`]), clusters ([`cluster`]) and merging ([`merge`])
//! are stages of their own; the ground truth is looked at in [`agreement`] alone, where maps are judged.

pub(super) mod agreement;
pub(super) mod cluster;
mod cluster_file;
pub(super) mod frames;
pub(super) mod merge;
pub(super) mod polynomial;
mod stacks;

use anyhow::Context as _;

use super::Store;
use crate::plan::{Cell, Facts, Plan, Stacked};
use crate::spec::{Chain, Experiment};

/// What the stages of a chain have in common.
pub(super) struct Job<'a> {
    pub plan: &'a Plan,
    pub facts: &'a Facts,
    pub store: &'a Store,
    /// Index of the cell whose specification is the stage's.
    pub cell: usize,
    pub stacked: &'a Stacked,
}

impl<'a> Job<'a> {
    fn of(&self) -> &'a Cell {
        &self.plan.cells[self.cell]
    }

    fn experiment(&self) -> &'a Experiment {
        &self.of().experiment
    }

    fn chain(&self) -> anyhow::Result<&'a Chain> {
        self.experiment().chain.get(self.stacked.chain).context("the plan names no such chain")
    }
}
