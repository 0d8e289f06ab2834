use super::{Cell, StageKey, StageSpec};
use camlab_config::{Fusion, Init, MapOptions, Sanity};
use camlab_engine::Precision;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;

/// Every cell and every stage any of them needs; stages that cells share stand here once.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cells, in the order of the sweep.
    pub cells: Vec<Cell>,
    /// Networks, loaded, trained or fused; what a network is fused from stands before it.
    pub networks: Vec<NetworkStage>,
    /// Class scores of the test images, one stage per network; only where something is made of them.
    pub predictions: Vec<PredictStage>,
    /// Maps of the test images, one stage per network, method and layer; what maps are made from stands before them.
    pub maps: Vec<MapStage>,
    /// Maps judged, one stage per map stage or baseline, and contrast.
    pub evaluations: Vec<EvaluationStage>,
    /// What class maps say of the class, one stage per network, method and layer.
    pub analyses: Vec<AnalysisStage>,
    /// Maps of one network compared with each other.
    pub relations: Vec<RelateStage>,
    /// Maps compared with reference maps.
    pub agreements: Vec<AgreementStage>,
    /// Networks looked through while they forget.
    pub sanities: Vec<SanityStage>,
    /// Which evaluations every cell shows.
    pub uses: Vec<Vec<Use>>,
    /// Which analyses every cell shows.
    pub analysed: Vec<Vec<Analysed>>,
    /// Which relations every cell shows: index into [`Plan::relations`], and what the cell calls the network.
    pub related: Vec<Vec<(usize, String)>>,
    /// Which comparisons every cell shows.
    pub compared: Vec<Compared>,
}

/// What one cell shows beside its evaluations; each with what the cell calls the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Indices into [`Plan::agreements`].
    pub agreements: Vec<(usize, String)>,
    /// Indices into [`Plan::sanities`].
    pub sanities: Vec<(usize, String)>,
}

/// Maps of one kind compared with a reference, image by image.
#[derive(Debug, Clone)]
pub struct AgreementStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// What is taken for exact: an index into [`Plan::evaluations`], whose source's maps are read.
    pub reference: usize,
    /// What is compared with it, likewise.
    pub other: usize,
}

/// Cascading randomisation of one network.
#[derive(Debug, Clone)]
pub struct SanityStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// Which maps are made again at every depth: indices into [`Plan::maps`], all made by passes.
    pub maps: Vec<usize>,
    /// How parameters are drawn anew.
    pub sanity: Sanity,
}

/// An analysis as one cell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysed {
    /// Index into [`Plan::analyses`].
    pub analysis: usize,
    /// What this cell calls the network.
    pub network: String,
}

/// An evaluation as one cell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Index into [`Plan::evaluations`].
    pub evaluation: usize,
    /// What this cell calls the network; `baseline` for baselines.
    pub network: String,
    /// The network's class scores, where a metric reads all of them: index into [`Plan::predictions`].
    pub prediction: Option<usize>,
}

/// A network: loaded from a checkpoint, trained here, or fused from others.
#[derive(Debug, Clone)]
pub struct NetworkStage {
    /// Identifies the weights.
    pub key: StageKey,
    /// What the key is made of; its label is the network's name.
    pub material: StageSpec,
    /// The first cell that needs it: its specification is the stage's.
    pub cell: usize,
    /// Where its weights come from.
    pub origin: NetworkOrigin,
}

/// Where a network's weights come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkOrigin {
    /// An `[[init]]`.
    Init {
        /// Index into the cell's `init`.
        init: usize,
        /// Whether it is trained; otherwise there is nothing to keep.
        trained: bool,
    },
    /// A `[[fusion]]` into one network.
    Fusion {
        /// Index into the cell's `fusion`.
        fusion: usize,
        /// What is fused: indices into [`Plan::networks`], all before this one.
        members: Vec<usize>,
    },
}

impl NetworkStage {
    /// Whether the stage leaves an artefact: whatever is not merely loaded or drawn.
    pub fn is_kept(&self) -> bool {
        !matches!(self.origin, NetworkOrigin::Init { trained: false, .. })
    }

    /// What the network is fused from; nothing for any other.
    pub fn members(&self) -> &[usize] {
        match &self.origin {
            NetworkOrigin::Init { .. } => &[],
            NetworkOrigin::Fusion { members, .. } => members,
        }
    }
}

/// Class scores of all test images by one network.
#[derive(Debug, Clone)]
pub struct PredictStage {
    /// Identifies the scores.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs them.
    pub cell: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// What the forward passes compute in.
    pub precision: Precision,
}

/// One method at one layer (or several joined) over all test images.
#[derive(Debug, Clone)]
pub struct MapStage {
    /// Identifies the maps.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// The method's name, as frames have it.
    pub method: String,
    /// The layer's name, as frames have it; several joined by `+`.
    pub layer: String,
    /// How the maps are made.
    pub origin: MapOrigin,
}

/// How maps are made. Whatever is no [`MapOrigin::Passes`] is derived: made of artefacts alone, once all passes are
/// done, in the order of [`Plan::maps`].
#[derive(Debug, Clone)]
pub enum MapOrigin {
    /// By passes through one network.
    Passes(Passes),
    /// From the maps and scores of several networks side by side, by an ensemble.
    Ensemble {
        /// Index into the cell's `fusion`.
        fusion: usize,
        /// The maps: indices into [`Plan::maps`], one per member.
        maps: Vec<usize>,
        /// The class scores: indices into [`Plan::predictions`], one per member.
        predictions: Vec<usize>,
    },
    /// The class maps of a chain's corrected stacks (step A9).
    Polynomial {
        /// What is stacked.
        stacked: Stacked,
        /// The class scores that coefficients are fitted to, an index into [`Plan::predictions`], where the stack
        /// does not bring them along.
        predictions: Option<usize>,
    },
    /// A chain's sub-maps, merged (steps A10 and A11).
    Chain {
        /// What is stacked.
        stacked: Stacked,
        /// The class maps that are divided: an index into [`Plan::maps`].
        polynomial: usize,
        /// What divides them.
        cluster: ClusterStage,
    },
}

/// What a chain stacks: maps that there are, or activations of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stacked {
    /// Index into the cell's `chain`.
    pub chain: usize,
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// Indices into [`Plan::maps`], method by method, layer by layer; none where activations are stacked.
    pub maps: Vec<usize>,
    /// What forward passes compute in.
    pub precision: Precision,
}

/// Clusters of the pixels of all test images. Stages that are the same have the same key.
#[derive(Debug, Clone)]
pub struct ClusterStage {
    /// Identifies the clusters.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
}

/// Maps of a CAM method by passes through one network.
#[derive(Debug, Clone)]
pub struct Passes {
    /// Index into [`Plan::networks`].
    pub network: usize,
    /// The method.
    pub method: CamSpec,
    /// One layer, or those that are joined.
    pub layers: Vec<String>,
    /// How it looks: target, corrections, what is joined.
    pub look: MapOptions,
    /// What the forward passes compute in: what the file asks for, as far as this machine has it.
    pub precision: Precision,
}

impl MapStage {
    /// The passes that make the maps, unless they are derived.
    pub fn passes(&self) -> Option<&Passes> {
        match &self.origin {
            MapOrigin::Passes(passes) => Some(passes),
            _ => None,
        }
    }

    /// What is stacked, where a chain makes the maps.
    pub fn stacked(&self) -> Option<&Stacked> {
        match &self.origin {
            MapOrigin::Polynomial { stacked, .. } | MapOrigin::Chain { stacked, .. } => Some(stacked),
            MapOrigin::Passes(_) | MapOrigin::Ensemble { .. } => None,
        }
    }

    /// The clusters that the maps come of, where a chain merges them.
    pub fn cluster(&self) -> Option<&ClusterStage> {
        match &self.origin {
            MapOrigin::Chain { cluster, .. } => Some(cluster),
            _ => None,
        }
    }
}

/// What class maps say of the class.
#[derive(Debug, Clone)]
pub struct AnalysisStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// How the class maps are made.
    pub passes: Passes,
    /// The method's name, as frames have it.
    pub method: String,
    /// The layer's name, as frames have it.
    pub layer: String,
}

/// How far the maps of a network are from each other.
#[derive(Debug, Clone)]
pub struct RelateStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// What is compared: indices into [`Plan::maps`].
    pub maps: Vec<usize>,
}

/// What an evaluation judges.
#[derive(Debug, Clone)]
pub enum EvaluationSource {
    /// Index into [`Plan::maps`].
    Maps(usize),
    /// A baseline, computed on the fly.
    Baseline(CamSpec),
}

/// Maps judged against the ground truth.
#[derive(Debug, Clone)]
pub struct EvaluationStage {
    /// Identifies the rows.
    pub key: StageKey,
    /// What the key is made of.
    pub material: StageSpec,
    /// The first cell that needs it.
    pub cell: usize,
    /// What is judged.
    pub source: EvaluationSource,
    /// The method's name.
    pub method: String,
    /// The layer's name, several joined by `+`; `-` for baselines.
    pub layer: String,
    /// What is done to the maps before.
    pub contrast: ContrastSpec,
    /// The intuitive picture that the maps are compared with, index into [`Plan::maps`].
    pub intuitive: Option<usize>,
}

/// What the network's column says for baselines.
pub const BASELINE: &str = "baseline";

impl Plan {
    /// What every stage that leaves an artefact is made of, in the order they run.
    pub fn materials(&self) -> Vec<&StageSpec> {
        let networks =
            self.networks.iter().filter(|network| network.is_kept()).map(|network| &network.material);
        let predictions = self.predictions.iter().map(|prediction| &prediction.material);
        // Clusters run before the maps that come of them, and once for all of these.
        let mut clusters = Vec::new();
        let maps = self.maps.iter().flat_map(|map| {
            let cluster = map.cluster().filter(|cluster| !clusters.contains(&&cluster.key));
            clusters.extend(cluster.map(|cluster| &cluster.key));
            cluster.map(|cluster| &cluster.material).into_iter().chain([&map.material])
        });
        let evaluations = self.evaluations.iter().map(|evaluation| &evaluation.material);
        let analyses = self.analyses.iter().map(|analysis| &analysis.material);
        let relations = self.relations.iter().map(|relation| &relation.material);
        let agreements = self.agreements.iter().map(|agreement| &agreement.material);
        let sanities = self.sanities.iter().map(|sanity| &sanity.material);
        let made = networks.chain(predictions).chain(maps).chain(evaluations);
        made.chain(analyses).chain(relations).chain(agreements).chain(sanities).collect()
    }

    /// The one network behind what a cell shows under a name: two initialisations may share it, an ensemble has none.
    pub fn network_of(&self, cell: usize, name: &str) -> Option<&NetworkStage> {
        let mut used = self.uses.get(cell)?.iter().filter(|used| used.network == name);
        used.find_map(|used| self.networks.get(self.network_behind(used)?))
    }

    /// The network (an index into [`Plan::networks`]) whose passes made the maps that are judged, if it is one.
    pub fn network_behind(&self, used: &Use) -> Option<usize> {
        match self.evaluations[used.evaluation].source {
            EvaluationSource::Maps(map) => {
                let (passes, stacked) = (self.maps[map].passes(), self.maps[map].stacked());
                passes.map(|passes| passes.network).or(stacked.map(|stacked| stacked.network))
            }
            EvaluationSource::Baseline(_) => None,
        }
    }

    /// The initialisation a network stage starts from; `None` for one that is fused.
    pub fn init(&self, network: &NetworkStage) -> Option<&Init> {
        match network.origin {
            NetworkOrigin::Init { init, .. } => self.cells[network.cell].experiment.init.get(init),
            NetworkOrigin::Fusion { .. } => None,
        }
    }

    /// The fusion a network stage comes of; `None` for an initialisation.
    pub fn fusion(&self, network: &NetworkStage) -> Option<&Fusion> {
        match network.origin {
            NetworkOrigin::Init { .. } => None,
            NetworkOrigin::Fusion { fusion, .. } => self.cells[network.cell].experiment.fusion.get(fusion),
        }
    }
}
