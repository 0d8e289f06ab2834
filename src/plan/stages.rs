use super::{Cell, Key, Material};
use crate::engine::Precision;
use crate::parts::cam::CamSpec;
use crate::spec::Look;

/// Every cell and every stage any of them needs; stages that cells share stand here once.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cells, in the order of the sweep.
    pub cells: Vec<Cell>,
    /// Networks, trained or loaded.
    pub networks: Vec<NetworkStage>,
    /// Maps of the test images, one stage per network, method and layer.
    pub maps: Vec<MapStage>,
    /// Maps judged, one stage per map stage and baseline.
    pub evaluations: Vec<EvaluationStage>,
    /// Which evaluations every cell shows.
    pub uses: Vec<Vec<Use>>,
}

/// An evaluation as one cell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Index into [`Plan::evaluations`].
    pub evaluation: usize,
    /// What this cell calls the network; `baseline` for baselines.
    pub network: String,
}

/// A network: trained here, or loaded from a checkpoint.
#[derive(Debug, Clone)]
pub struct NetworkStage {
    /// Identifies the weights.
    pub key: Key,
    /// What the key is made of.
    pub material: Material,
    /// The first cell that needs it: its specification is the stage's.
    pub cell: usize,
    /// Index into that cell's `init`.
    pub init: usize,
    /// Whether it is trained; otherwise there is nothing to keep.
    pub trained: bool,
}

/// One CAM method at one layer (or several joined) over all test images.
#[derive(Debug, Clone)]
pub struct MapStage {
    /// Identifies the maps.
    pub key: Key,
    /// What the key is made of.
    pub material: Material,
    /// The first cell that needs it.
    pub cell: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// The method.
    pub method: CamSpec,
    /// One layer, or those that are joined.
    pub layers: Vec<String>,
    /// How it looks: target, corrections, what is joined.
    pub look: Look,
    /// What frames call the method: its name, and what differs from the defaults.
    pub title: String,
    /// What the forward passes compute in: what the file asks for, as far as this machine has it.
    pub precision: Precision,
}

/// What an evaluation judges.
#[derive(Debug, Clone)]
pub enum Source {
    /// Index into [`Plan::maps`].
    Maps(usize),
    /// A baseline, computed on the fly.
    Baseline(CamSpec),
}

/// Maps judged against the ground truth.
#[derive(Debug, Clone)]
pub struct EvaluationStage {
    /// Identifies the rows.
    pub key: Key,
    /// What the key is made of.
    pub material: Material,
    /// The first cell that needs it.
    pub cell: usize,
    /// What is judged.
    pub source: Source,
    /// The method's name.
    pub method: String,
    /// The layer's name, several joined by `+`; `-` for baselines.
    pub layer: String,
}

/// What the network's column says for baselines.
pub const BASELINE: &str = "baseline";

impl Plan {
    /// What every stage that leaves an artefact is made of, in the order they run.
    pub fn materials(&self) -> Vec<&Material> {
        let networks =
            self.networks.iter().filter(|network| network.trained).map(|network| &network.material);
        let maps = self.maps.iter().map(|map| &map.material);
        let evaluations = self.evaluations.iter().map(|evaluation| &evaluation.material);
        networks.chain(maps).chain(evaluations).collect()
    }

    /// The plan without what needs some of the networks (indices into [`Plan::networks`], which stays as it is).
    pub fn without(&self, networks: &[usize]) -> Self {
        let mut plan = Self { maps: Vec::new(), evaluations: Vec::new(), ..self.clone() };
        let mut places = Vec::with_capacity(self.maps.len());
        for map in &self.maps {
            let kept = !networks.contains(&map.network);
            places.push(kept.then_some(plan.maps.len()));
            plan.maps.extend(kept.then(|| map.clone()));
        }
        let mut kept = Vec::with_capacity(self.evaluations.len());
        for evaluation in &self.evaluations {
            let source = match &evaluation.source {
                Source::Maps(map) => places[*map].map(Source::Maps),
                baseline => Some(baseline.clone()),
            };
            kept.push(source.as_ref().map(|_| plan.evaluations.len()));
            plan.evaluations.extend(source.map(|source| EvaluationStage { source, ..evaluation.clone() }));
        }
        for uses in &mut plan.uses {
            uses.retain_mut(|used| {
                let place = kept[used.evaluation];
                used.evaluation = place.unwrap_or_default();
                place.is_some()
            });
        }
        plan
    }

    /// What a cell calls by a name: two initialisations may share a network.
    pub fn network_of(&self, cell: usize, name: &str) -> Option<&NetworkStage> {
        let used = self.uses.get(cell)?.iter().find(|used| used.network == name)?;
        match self.evaluations[used.evaluation].source {
            Source::Maps(map) => self.networks.get(self.maps[map].network),
            Source::Baseline(_) => None,
        }
    }

    /// The initialisation a network stage starts from.
    pub fn init(&self, network: &NetworkStage) -> &crate::spec::Init {
        &self.cells[network.cell].experiment.init[network.init]
    }
}
