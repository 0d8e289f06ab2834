use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Agreement, Chain, Claim, Data, Evaluation, External, Fusion, Init, Maps, OtherExperiments, Prediction,
    Report, RunOptions, Sanity, Supervised, Target, ValidationData,
};
use camlab_engine::Precision;
use camlab_nn::ClassProbabilities;
use camlab_nn::graph::Graph;
use camlab_parts::backbone::{BackboneError, BackboneSpec, HeadSpec};
use camlab_parts::cam::CamSpec;
use camlab_parts::threshold::{ThresholdChoiceSpec, ValBoxes};
use camlab_parts::training::TrainingSpec;

/// One experiment as written in its TOML file, without `[sweep]`, which describes many of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Experiment {
    /// Name of the report's folder: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The question that the experiment answers; shown at the top of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The whole experiment runs once per seed; an axis of the sweep.
    #[serde(default = "one_seed")]
    pub seeds: Vec<u64>,
    /// The target class of the maps.
    #[serde(default)]
    pub target: Target,
    /// Number format of forward passes; training and gradients are always `f32`.
    #[serde(default)]
    pub precision: Precision,
    /// The network's architecture.
    pub backbone: BackboneSpec,
    /// Classification head on the last features; default: the backbone's own (`classifier` for VGG, else
    /// `gap-linear`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadSpec>,
    /// Function from class scores to probabilities: `softmax`, one class per image, or `sigmoid`, every class by itself.
    /// Default: that of `training.loss`, `softmax` without training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<ClassProbabilities>,
    /// Data sets and preprocessing.
    pub data: Data,
    /// The networks to compare: one per initialisation; may be left out if there are external maps.
    #[serde(default)]
    pub init: Vec<Init>,
    /// Fusions of several networks, in order; empty if networks are only compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fusion: Vec<Fusion>,
    /// Training options; absent if no network is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<TrainingSpec>,
    /// CAM methods and their layers; may be left out if there are external maps.
    #[serde(default)]
    pub maps: Vec<Maps>,
    /// Chains of the source article (steps A9 to A11): maps corrected by polynomials, clustered and merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Chain>,
    /// Maps that other programs have written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external: Vec<External>,
    /// Few-shot supervised localisers: heads trained with the boxes or masks of a few images, a baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supervised: Vec<Supervised>,
    /// Baselines, which use no network; both are in every report even if not listed.
    #[serde(default = "every_baseline")]
    pub baselines: Vec<CamSpec>,
    /// Metrics and their options.
    #[serde(default)]
    pub evaluation: Evaluation,
    /// Comparisons of maps with a reference method's maps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreement: Vec<Agreement>,
    /// Cascading randomisation: dependence of maps on the trained parameters; absent: not computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sanity: Option<Sanity>,
    /// Classification from class maps; absent: not computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    /// Claims that the report tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claim: Vec<Claim>,
    /// Content of the report.
    #[serde(default)]
    pub report: Report,
    /// Workers that run the stages, their limits, retries.
    #[serde(default)]
    pub run: RunOptions,
    /// The experiments that it refers to, read from their files; no key of the file.
    #[serde(skip)]
    pub others: OtherExperiments,
}

impl Experiment {
    /// Fraction of the training images that is held out for validation where the file names none.
    pub const HELD_OUT: f64 = 0.1;

    /// Replaces what refers to other keys: parts of splits become data sets, and the default of
    /// `training.validation.fraction` is filled in where there is no `data.val`.
    pub fn resolve(&mut self) {
        for supervised in &mut self.supervised {
            self.data.declare_for(supervised.train.as_mut());
        }
        self.data.resolve();
        if let Some(validation) = self.training.as_mut().and_then(|training| training.validation.as_mut())
            && self.data.val.is_none()
        {
            validation.fraction.get_or_insert(Self::HELD_OUT);
        }
    }

    /// The network's architecture: backbone and head, with `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the invalid option.
    pub fn graph(&self, classes: usize) -> Result<Graph, BackboneError> {
        let graph = self.backbone.with_head(self.head.as_ref(), classes)?;
        Ok(graph.with_probabilities(self.class_probabilities()))
    }

    /// The probabilities that the networks' class scores stand for.
    pub fn class_probabilities(&self) -> ClassProbabilities {
        let trained = || self.training.as_ref().map(|training| training.loss.probabilities());
        self.probabilities.or_else(trained).unwrap_or_default()
    }

    /// The choices of map thresholds beside the oracle's: those that the file lists, else the validation images where it
    /// has some; none on images that are the test images themselves.
    pub fn threshold_choices(&self) -> Vec<ThresholdChoiceSpec> {
        let val = match &self.data.val {
            None => false,
            Some(ValidationData::Dataset(val)) => *val != self.data.test,
            Some(ValidationData::Part(_)) => true,
        };
        let standard = || val.then(|| ThresholdChoiceSpec::Val(ValBoxes::default())).into_iter().collect();
        let mut all = self.evaluation.thresholds.clone().unwrap_or_else(standard);
        all.retain(|choice| val || choice.choice().saliency().is_some());
        all
    }

    /// The tables in which it differs from another experiment, as JSON with their names: the same for equal experiments.
    pub fn difference(&self, base: &Self) -> String {
        let mut text = String::new();
        macro_rules! tables {
            ($($table:ident),+) => {
                // All tables, or this does not compile.
                let Self { $($table: _,)+ others: _ } = self;
                $(if self.$table != base.$table {
                    text += concat!(stringify!($table), " ");
                    text += &serde_json::to_string(&self.$table).unwrap_or_default();
                })+
            };
        }
        tables!(
            name,
            question,
            seeds,
            target,
            precision,
            backbone,
            head,
            probabilities,
            data,
            init,
            fusion,
            training,
            maps,
            chain,
            external,
            supervised,
            baselines,
            evaluation,
            agreement,
            sanity,
            prediction,
            claim,
            report,
            run
        );
        text
    }

    /// Number of epochs of the longest training of an initialisation, over its stages; 0 without training.
    pub fn epochs(&self) -> usize {
        let Some(training) = &self.training else { return 0 };
        let trained = self.init.iter().filter(|init| init.train != Some(false));
        trained.map(|init| init.training(training).all_epochs()).max().unwrap_or_default()
    }

    /// Names of all single networks: initialisations, then fusions that are not ensembles.
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
