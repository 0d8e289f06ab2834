//! Stages of the source article's chain: polynomial feature correction ([`polynomial`], step A9), clustering of
//! pixels ([`cluster`], A10), and merging of sub-maps ([`merge`], A11). Only [`agreement`] reads the ground truth,
//! during evaluation.

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

/// Inputs that all stages of a chain share.
pub struct Job<'a> {
    /// The plan of the run.
    pub plan: &'a Plan,
    /// Facts about data sets and checkpoints.
    pub facts: &'a Facts,
    /// The store of artefacts.
    pub store: &'a Store,
    /// Index of the cell whose experiment applies.
    pub cell: usize,
    /// The chain and the inputs of its stacks.
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
        self.experiment()
            .chain
            .get(self.stacked.chain)
            .context("the chain of this stage is not in the experiment")
    }
}
