use serde::{Deserialize, Serialize};

use super::{Agreement, Data, Evaluation, Fusion, Init, Maps, Report, Sanity, Target};
use crate::engine::Precision;
use crate::nn::train::TrainingOptions;
use crate::parts::backbone::BackboneSpec;
use crate::parts::cam::CamSpec;

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
    /// What the report shows.
    #[serde(default)]
    pub report: Report,
}

fn one_seed() -> Vec<u64> {
    vec![0]
}

fn every_baseline() -> Vec<CamSpec> {
    CamSpec::baselines()
}
