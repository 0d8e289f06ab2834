use std::sync::Arc;

use camlab_data::DatasetSpec;
use camlab_graph::{Hints, Inputs, SharedSet, SharedText, Stage, StageInput, Stages};
use camlab_stage::network::NetworkSource;

use super::At;
use crate::{CheckpointFacts, DatasetFacts, Facts};

/// Inputs of a stage that is being planned, with the places that their digests stand for.
pub(super) struct Wiring<'a> {
    facts: &'a Facts,
    pub(super) inputs: Inputs,
    pub(super) hints: Hints,
}

/// A network of the cell that is being planned.
#[derive(Clone)]
pub(super) struct NetworkOfCell {
    pub(super) source: NetworkSource,
    pub(super) weights: WeightsFrom,
}

/// Source of a network's weights.
#[derive(Clone)]
pub(super) enum WeightsFrom {
    /// The artefact of a stage.
    Stage(usize),
    /// A file.
    File(CheckpointFacts),
    /// Drawn.
    Nothing,
}

impl<'a> Wiring<'a> {
    pub fn new(facts: &'a Facts, at: At<'_>, label: String) -> Self {
        let (cell, folder) = (at.id.clone(), facts.folder.clone());
        let label = if at.split.is_empty() { label } else { format!("{label} · {}", at.split) };
        let hints = Hints { label, cell, folder, ..Hints::default() };
        Self { facts, inputs: Inputs::new(), hints }
    }

    /// Adds the artefact of a stage.
    #[must_use]
    pub fn stage(mut self, role: impl Into<SharedText>, stage: &Stage) -> Self {
        self.inputs.push(role, stage.input());
        self
    }

    /// Adds a data set.
    pub fn dataset(mut self, role: &'static str, spec: &DatasetSpec) -> Result<Self, String> {
        let DatasetFacts { digest, spec, .. } = known(self.facts, spec)?;
        self.inputs.push(SharedText::of_static(role), StageInput::Content(digest.clone()));
        self.hints.datasets.insert(digest.clone(), SharedSet(Arc::clone(spec)));
        Ok(self)
    }

    /// Adds a checkpoint's file.
    #[must_use]
    pub fn file(mut self, role: impl Into<SharedText>, file: &CheckpointFacts) -> Self {
        let digest = SharedText::from(file.sha256.as_str());
        self.inputs.push(role, StageInput::Content(digest.clone()));
        self.hints.files.insert(digest, file.file.clone());
        self
    }

    /// Adds the weights of a network, unless they are drawn.
    #[must_use]
    pub fn network(self, role: impl Into<SharedText>, network: &NetworkOfCell, stages: &Stages) -> Self {
        self.weights(role, &network.weights, stages)
    }

    /// Adds weights, unless they are drawn.
    #[must_use]
    pub fn weights(self, role: impl Into<SharedText>, weights: &WeightsFrom, stages: &Stages) -> Self {
        match weights {
            WeightsFrom::Stage(index) => self.stage(role, stages.get(*index)),
            WeightsFrom::File(file) => self.file(role, file),
            WeightsFrom::Nothing => self,
        }
    }
}

/// The facts of a data set.
pub(super) fn known<'f>(facts: &'f Facts, dataset: &DatasetSpec) -> Result<&'f DatasetFacts, String> {
    facts
        .dataset(dataset)
        .ok_or_else(|| format!("the facts of data set `{}` were not collected", dataset.name()))
}
