use serde::{Deserialize, Serialize};

use super::{
    Agreement, Chain, Claim, Data, Evaluation, Fusion, Init, Maps, Prediction, Report, Sanity, Target,
};
use camlab_engine::Precision;
use camlab_nn::graph::Graph;
use camlab_nn::train::TrainingOptions;
use camlab_parts::backbone::{BackboneError, BackboneSpec, HeadSpec};
use camlab_parts::cam::CamSpec;

/// One experiment, as its TOML file states it (`[sweep]` aside, which is about many of them).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Experiment {
    /// Names the report's folder: letters, digits, `-` and `_`.
    pub name: String,
    /// The question the experiment answers, for the report's head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// One run of everything per seed; an axis of the sweep.
    #[serde(default = "one_seed")]
    pub seeds: Vec<u64>,
    /// The class a map is made for.
    #[serde(default)]
    pub target: Target,
    /// The numbers that passes forward compute in; training and gradients are always `f32`.
    #[serde(default)]
    pub precision: Precision,
    /// The network's architecture.
    pub backbone: BackboneSpec,
    /// What makes class scores of its last features; left out, the backbone's own (for a VGG its `classifier`, else
    /// `gap-linear`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadSpec>,
    /// The photographs, and how they become the network's input.
    pub data: Data,
    /// The networks to compare: one per initialisation.
    pub init: Vec<Init>,
    /// What is made of several networks, in order; absent when they are only compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fusion: Vec<Fusion>,
    /// How networks are trained; absent when none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<TrainingOptions>,
    /// Which CAM methods at which layers.
    pub maps: Vec<Maps>,
    /// The article's chain: maps corrected, clustered and merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Chain>,
    /// What every method has to beat; both are in every report even when not listed.
    #[serde(default = "every_baseline")]
    pub baselines: Vec<CamSpec>,
    /// Which metrics, and their settings.
    #[serde(default)]
    pub evaluation: Evaluation,
    /// Which maps are compared with a reference map.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreement: Vec<Agreement>,
    /// Whether maps depend on what the network has learnt; absent when that is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sanity: Option<Sanity>,
    /// What class maps say of the class; absent: not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    /// What is claimed, for the report to test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claim: Vec<Claim>,
    /// What the report shows.
    #[serde(default)]
    pub report: Report,
}

impl Experiment {
    /// The network's architecture: the backbone under its head, with `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the option that makes no network.
    pub fn graph(&self, classes: usize) -> Result<Graph, BackboneError> {
        let graph = self.backbone.build(classes)?;
        Ok(self.head.as_ref().map(|head| head.on(&graph)).unwrap_or(graph))
    }

    /// The names of all that is one network: initialisations, then fusions that are no ensembles.
    pub fn networks(&self) -> Vec<&str> {
        let fused = self.fusion.iter().filter(|fusion| fusion.method.ensemble().is_none());
        let inits = self.init.iter().map(|init| init.name.as_str());
        inits.chain(fused.map(|fusion| fusion.name.as_str())).collect()
    }
}

fn one_seed() -> Vec<u64> {
    vec![0]
}

fn every_baseline() -> Vec<CamSpec> {
    CamSpec::baselines()
}
