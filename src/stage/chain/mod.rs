//! The article's chain: what runs of it. Correction ([`polynomial`]), clusters ([`cluster`]) and merging ([`merge`])
//! are stages of their own; the ground truth is looked at in [`agreement`] alone, where maps are judged.

pub mod agreement;
pub mod cluster;
mod cluster_file;
pub mod frames;
pub mod merge;
pub mod polynomial;
mod stacks;

use anyhow::Context as _;

use camlab_config::{Chain, Experiment};
use camlab_plan::{Cell, Facts, Plan, Stacked};
use camlab_store::Store;

/// What the stages of a chain have in common.
pub struct Job<'a> {
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
