use super::{Cell, StageKey, StageSpec};
use camlab_config::{Fusion, Init, MapOptions, Sanity};
use camlab_engine::Precision;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;

/// All cells of a run and the stages that they need; a stage shared by several cells is listed once.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cells, in the order of the sweep.
    pub cells: Vec<Cell>,
    /// Networks: loaded, trained or fused; members come before the network fused from them.
    pub networks: Vec<NetworkStage>,
    /// Logits of the test images, one stage per network; only if another stage needs them.
    pub predictions: Vec<PredictStage>,
    /// Maps of the test images, one stage per network, method and layer; inputs come before the maps derived from
    /// them.
    pub maps: Vec<MapStage>,
    /// Evaluations of maps, one stage per contrast and map stage or baseline.
    pub evaluations: Vec<EvaluationStage>,
    /// Classifications from class maps, one stage per network, method and layer.
    pub analyses: Vec<AnalysisStage>,
    /// Pairwise divergences between the maps of a network.
    pub relations: Vec<PairwiseDivergenceStage>,
    /// Comparisons of maps with reference maps.
    pub agreements: Vec<ReferenceAgreementStage>,
    /// Cascading randomisations, one stage per network.
    pub sanities: Vec<SanityStage>,
    /// Evaluations shown by every cell.
    pub uses: Vec<Vec<Use>>,
    /// Analyses shown by every cell.
    pub analysed: Vec<Vec<Analysed>>,
    /// Pairwise divergences shown by every cell: index into [`Plan::relations`] and the cell's name for the network.
    pub related: Vec<Vec<(usize, String)>>,
    /// Comparisons shown by every cell.
    pub compared: Vec<Compared>,
}

/// Comparisons shown by one cell, each with the cell's name for the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Indices into [`Plan::agreements`].
    pub agreements: Vec<(usize, String)>,
    /// Indices into [`Plan::sanities`].
    pub sanities: Vec<(usize, String)>,
}

/// Per-image comparison of one method's maps with reference maps.
#[derive(Debug, Clone)]
pub struct ReferenceAgreementStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// The reference: an index into [`Plan::evaluations`], whose maps are read.
    pub reference: usize,
    /// The maps compared with it: an index into [`Plan::evaluations`].
    pub other: usize,
}

/// Cascading randomisation of one network.
#[derive(Debug, Clone)]
pub struct SanityStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// The maps computed again at every depth: indices into [`Plan::maps`], all of origin [`MapOrigin::Passes`].
    pub maps: Vec<usize>,
    /// Options: images, distribution and seed of the random parameters.
    pub sanity: Sanity,
}

/// An analysis as one cell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysed {
    /// Index into [`Plan::analyses`].
    pub analysis: usize,
    /// The cell's name for the network.
    pub network: String,
}

/// An evaluation as one cell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Index into [`Plan::evaluations`].
    pub evaluation: usize,
    /// The cell's name for the network; `baseline` for baselines.
    pub network: String,
    /// The network's logits, if a metric needs those of all classes: index into [`Plan::predictions`].
    pub prediction: Option<usize>,
}

/// A network: loaded from a checkpoint, trained here, or fused from others.
#[derive(Debug, Clone)]
pub struct NetworkStage {
    /// Identifies the weights.
    pub key: StageKey,
    /// Specification that the key is the hash of; its label is the network's name.
    pub spec: StageSpec,
    /// The first cell that needs it; its experiment applies to the stage.
    pub cell: usize,
    /// Source of its weights.
    pub origin: NetworkOrigin,
}

/// Source of a network's weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkOrigin {
    /// An `[[init]]`.
    Init {
        /// Index into the cell's `init`.
        init: usize,
        /// `true` if it is trained; otherwise the stage has no artefact.
        trained: bool,
    },
    /// A `[[fusion]]` into one network.
    Fusion {
        /// Index into the cell's `fusion`.
        fusion: usize,
        /// The members: indices into [`Plan::networks`], all before this one.
        members: Vec<usize>,
    },
}

impl NetworkStage {
    /// `true` if the stage writes an artefact: trained and fused networks, not those only loaded or drawn.
    pub fn is_kept(&self) -> bool {
        !matches!(self.origin, NetworkOrigin::Init { trained: false, .. })
    }

    /// The members that the network is fused from; empty for an initialisation.
    pub fn members(&self) -> &[usize] {
        match &self.origin {
            NetworkOrigin::Init { .. } => &[],
            NetworkOrigin::Fusion { members, .. } => members,
        }
    }
}

/// Logits of all test images by one network.
#[derive(Debug, Clone)]
pub struct PredictStage {
    /// Identifies the logits.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs them.
    pub cell: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// Number format of the forward passes.
    pub precision: Precision,
}

/// Maps of all test images by one method at one layer (or several combined).
#[derive(Debug, Clone)]
pub struct MapStage {
    /// Identifies the maps.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// The method's name in frames.
    pub method: String,
    /// The layer's name in frames; combined layers are separated by `+`.
    pub layer: String,
    /// Source of the maps.
    pub origin: MapOrigin,
}

/// Source of maps. All but [`MapOrigin::Passes`] are derived: computed from other artefacts after all passes are
/// done, in the order of [`Plan::maps`].
#[derive(Debug, Clone)]
pub enum MapOrigin {
    /// Passes through one network.
    Passes(Passes),
    /// The maps and logits of several networks, combined by an ensemble.
    Ensemble {
        /// Index into the cell's `fusion`.
        fusion: usize,
        /// The maps: indices into [`Plan::maps`], one per member.
        maps: Vec<usize>,
        /// The logits: indices into [`Plan::predictions`], one per member.
        predictions: Vec<usize>,
    },
    /// The class maps of a chain after polynomial feature correction (step A9 of the source article).
    Polynomial {
        /// The stacked channels.
        stacked: Stacked,
        /// The logits that coefficients are fitted to, an index into [`Plan::predictions`]; `None` if nothing is
        /// fitted or the stack's own pass computes the logits.
        predictions: Option<usize>,
    },
    /// A chain's merged sub-maps (steps A10 and A11 of the source article).
    Chain {
        /// The stacked channels.
        stacked: Stacked,
        /// The class maps that are divided into sub-maps: an index into [`Plan::maps`].
        polynomial: usize,
        /// The clusters that divide them.
        cluster: ClusterStage,
    },
}

/// Channels that a chain stacks: existing maps, or activations of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stacked {
    /// Index into the cell's `chain`.
    pub chain: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// Indices into [`Plan::maps`], by method, then layer; empty if activations are stacked.
    pub maps: Vec<usize>,
    /// Number format of forward passes.
    pub precision: Precision,
}

/// Clusters of the pixels of all test images. Equal stages have the same key.
#[derive(Debug, Clone)]
pub struct ClusterStage {
    /// Identifies the clusters.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
}

/// A CAM method's maps by passes through one network.
#[derive(Debug, Clone)]
pub struct Passes {
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// The method.
    pub method: CamSpec,
    /// One layer, or those that are combined.
    pub layers: Vec<String>,
    /// Target class, refinement, augmentation and combination of layers.
    pub look: MapOptions,
    /// Number format of the forward passes: as in the file, or f32 if this machine lacks it.
    pub precision: Precision,
}

impl MapStage {
    /// The passes that compute the maps; `None` for derived maps.
    pub fn passes(&self) -> Option<&Passes> {
        match &self.origin {
            MapOrigin::Passes(passes) => Some(passes),
            _ => None,
        }
    }

    /// The stacked channels of a chain's maps; `None` for other maps.
    pub fn stacked(&self) -> Option<&Stacked> {
        match &self.origin {
            MapOrigin::Polynomial { stacked, .. } | MapOrigin::Chain { stacked, .. } => Some(stacked),
            MapOrigin::Passes(_) | MapOrigin::Ensemble { .. } => None,
        }
    }

    /// The clusters of a chain's merged maps; `None` for other maps.
    pub fn cluster(&self) -> Option<&ClusterStage> {
        match &self.origin {
            MapOrigin::Chain { cluster, .. } => Some(cluster),
            _ => None,
        }
    }
}

/// Classification from class maps.
#[derive(Debug, Clone)]
pub struct AnalysisStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// The passes that compute the class maps.
    pub passes: Passes,
    /// The method's name in frames.
    pub method: String,
    /// The layer's name in frames.
    pub layer: String,
}

/// Pairwise divergence between the maps of a network.
#[derive(Debug, Clone)]
pub struct PairwiseDivergenceStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// The compared maps: indices into [`Plan::maps`].
    pub maps: Vec<usize>,
}

/// Source of the maps of an evaluation.
#[derive(Debug, Clone)]
pub enum EvaluationSource {
    /// Index into [`Plan::maps`].
    Maps(usize),
    /// A baseline, computed on the fly.
    Baseline(CamSpec),
}

/// Evaluation of maps against the ground truth.
#[derive(Debug, Clone)]
pub struct EvaluationStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// Specification that the key is the hash of.
    pub spec: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// The evaluated maps.
    pub source: EvaluationSource,
    /// The method's name.
    pub method: String,
    /// The layer's name, combined layers separated by `+`; `-` for baselines.
    pub layer: String,
    /// Transformation of the maps before evaluation.
    pub contrast: ContrastSpec,
    /// The reference map (`evaluation.intuitive`) that the maps are compared with: an index into [`Plan::maps`].
    pub intuitive: Option<usize>,
}

/// Value of the network column for baselines.
pub const BASELINE: &str = "baseline";

impl Plan {
    /// Specifications of all stages that write an artefact, in the order they run.
    pub fn specs(&self) -> Vec<&StageSpec> {
        let networks = self.networks.iter().filter(|network| network.is_kept()).map(|network| &network.spec);
        let predictions = self.predictions.iter().map(|prediction| &prediction.spec);
        // Clusters are computed once, before the maps that use them.
        let mut clusters = Vec::new();
        let maps = self.maps.iter().flat_map(|map| {
            let cluster = map.cluster().filter(|cluster| !clusters.contains(&&cluster.key));
            clusters.extend(cluster.map(|cluster| &cluster.key));
            cluster.map(|cluster| &cluster.spec).into_iter().chain([&map.spec])
        });
        let evaluations = self.evaluations.iter().map(|evaluation| &evaluation.spec);
        let analyses = self.analyses.iter().map(|analysis| &analysis.spec);
        let relations = self.relations.iter().map(|relation| &relation.spec);
        let agreements = self.agreements.iter().map(|agreement| &agreement.spec);
        let sanities = self.sanities.iter().map(|sanity| &sanity.spec);
        let made = networks.chain(predictions).chain(maps).chain(evaluations);
        made.chain(analyses).chain(relations).chain(agreements).chain(sanities).collect()
    }

    /// The network that a cell shows as `name`; two initialisations may share it. `None` for an ensemble.
    pub fn network_of(&self, cell: usize, name: &str) -> Option<&NetworkStage> {
        let mut used = self.uses.get(cell)?.iter().filter(|used| used.network == name);
        used.find_map(|used| self.networks.get(self.network_behind(used)?))
    }

    /// The network (an index into [`Plan::networks`]) whose passes computed the evaluated maps; `None` for ensembles
    /// and baselines.
    pub fn network_behind(&self, used: &Use) -> Option<usize> {
        match self.evaluations[used.evaluation].source {
            EvaluationSource::Maps(map) => {
                let (passes, stacked) = (self.maps[map].passes(), self.maps[map].stacked());
                passes.map(|passes| passes.network).or(stacked.map(|stacked| stacked.network))
            }
            EvaluationSource::Baseline(_) => None,
        }
    }

    /// The initialisation of a network stage; `None` for a fused network.
    pub fn init(&self, network: &NetworkStage) -> Option<&Init> {
        match network.origin {
            NetworkOrigin::Init { init, .. } => self.cells[network.cell].experiment.init.get(init),
            NetworkOrigin::Fusion { .. } => None,
        }
    }

    /// The fusion of a network stage; `None` for an initialisation.
    pub fn fusion(&self, network: &NetworkStage) -> Option<&Fusion> {
        match network.origin {
            NetworkOrigin::Init { .. } => None,
            NetworkOrigin::Fusion { fusion, .. } => self.cells[network.cell].experiment.fusion.get(fusion),
        }
    }
}
