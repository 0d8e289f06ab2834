use std::collections::BTreeMap;
use std::sync::Arc;

use super::Cell;
use super::references::OF;
use camlab_config::{Experiment, OtherExperiment};
use camlab_frame::Names;
use camlab_graph::{Stage, Stages};
use camlab_stage::network::NetworkSource;

/// Value of the network column for baselines.
pub const BASELINE: &str = "baseline";

/// Role of the stage beside an evaluation that predicts boxes at the thresholds of the validation images.
pub const VAL_BOXES: &str = "val-boxes";

/// All cells of a run, the stages that they need, and what the report calls them.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The cells, in the order of the sweep.
    pub cells: Vec<Cell>,
    /// The stages; one that several cells need is there once.
    pub stages: Stages,
    /// The artefacts that the report shows, in its order.
    pub shown: Vec<Shown>,
    /// The networks of the cells, those without a stage of their own included.
    pub networks: Vec<PlannedNetwork>,
}

/// An artefact as one cell shows it. Names are here and in no artefact: renaming computes nothing again.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Index into [`Plan::cells`].
    pub cell: usize,
    /// Index into [`Plan::stages`].
    pub stage: usize,
    /// Values of the columns that the artefact's rows lack.
    pub names: Names,
    /// Names of what its rows refer to by position: members of a fusion, maps that are compared.
    pub parts: Arc<[Names]>,
    /// Other stages that complete its rows, by their role: `maps`, `boxes`, `predictions`.
    pub beside: BTreeMap<&'static str, usize>,
    /// Stages whose numbers per image are further columns of its rows.
    pub quantities: Vec<usize>,
}

/// A network of a cell.
#[derive(Debug, Clone)]
pub struct PlannedNetwork {
    /// Index into [`Plan::cells`].
    pub cell: usize,
    /// Its name in the cell.
    pub name: Arc<str>,

    /// Its layers and weights.
    pub source: Arc<NetworkSource>,
    /// A stage with the network's weights as input `network`; not one of the plan's.
    pub reader: Arc<Stage>,
}

impl Plan {
    /// The experiments that the cells refer to, directly or by those, each file once.
    pub fn others(&self) -> Vec<&OtherExperiment> {
        let mut found: Vec<&OtherExperiment> = Vec::new();
        let mut last: Option<&Arc<Experiment>> = None;
        for cell in &self.cells {
            // The cells that differ in their seed alone share an experiment.
            if last.is_none_or(|last| !Arc::ptr_eq(last, &cell.experiment)) {
                for other in cell.experiment.others.all() {
                    if !found.iter().any(|known| known.document.identity() == other.document.identity()) {
                        found.push(other);
                    }
                }
            }
            last = Some(&cell.experiment);
        }
        found
    }

    /// Label of a stage for people: network, method and layer; that of another experiment's stage names its cell.
    pub fn label(&self, stage: usize) -> String {
        let hints = &self.stages.get(stage).hints;
        match hints.cell.contains(OF) {
            true => format!("{} ({})", hints.label, hints.cell),
            false => hints.label.clone(),
        }
    }

    /// The network that a cell calls `name`; `None` for an ensemble.
    pub fn network(&self, cell: usize, name: &str) -> Option<&PlannedNetwork> {
        self.networks.iter().find(|network| network.cell == cell && *network.name == *name)
    }

    /// The plan without the stages that are not `wanted`, and without what they show. The inputs of a wanted stage must be
    /// wanted.
    #[must_use]
    pub fn only(self, wanted: &[bool]) -> Self {
        let mut places = vec![None; self.stages.len()];
        let mut stages = Stages::default();
        for (index, stage) in self.stages.iter().enumerate() {
            if wanted.get(index).copied().unwrap_or(false) {
                places[index] = Some(stages.add(stage.clone()));
            }
        }
        let kept = |shown: Shown| {
            let stage = places[shown.stage]?;
            let beside =
                shown.beside.iter().filter_map(|(role, index)| Some((*role, places[*index]?))).collect();
            let quantities = shown.quantities.iter().filter_map(|index| places[*index]).collect();
            Some(Shown { stage, beside, quantities, ..shown })
        };
        let shown = self.shown.into_iter().filter_map(kept).collect();
        Self { stages, shown, ..self }
    }

    /// The artefacts of one kind that the report shows.
    pub fn shown_of(&self, kind: &str) -> impl Iterator<Item = &Shown> {
        self.shown.iter().filter(move |shown| self.stages.get(shown.stage).spec.kind == kind)
    }
}
