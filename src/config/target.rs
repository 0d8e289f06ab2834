use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;

registry! {
    /// Target class of a map.
    pub enum Target as "target" {
        "label" => Label(LabelTarget), "the image's ground-truth label (GT-known localisation)";
        "predicted" => Predicted(PredictedTarget), "the predicted class: the one with the highest class score";
        "class" => Class(NamedClass), "one class for every image, given by name or number";
        "top" => Top(Count), "the mean of the maps of this many most probable classes";
        "class-mean" => ClassMean(ClassMean), "the mean of the maps of all classes or of the most probable ones, weighted equally or by probability";
    }
    /// The implementation of this target.
    fn choice -> TargetChoice;
}

impl Default for Target {
    fn default() -> Self {
        Self::Label(LabelTarget::default())
    }
}

/// A target: what one row of the registry does.
pub trait TargetChoice {
    /// The classes of an image's map.
    fn classes(&self) -> TargetClasses<'_>;

    /// `true` if the maps of several classes are averaged.
    fn joins(&self) -> bool {
        false
    }

    /// Words in the names of maps: `class cat`.
    fn words(&self) -> String;

    /// Words in the report's provenance.
    fn description(&self) -> String {
        self.words()
    }

    /// `true` if the target class is the image's label.
    fn reads_labels(&self) -> bool {
        self.classes() == TargetClasses::Label
    }

    /// `true` if an image has the same target class for every network.
    fn is_shared(&self) -> bool {
        match self.classes() {
            TargetClasses::Label | TargetClasses::Named(_) => true,
            TargetClasses::Predicted | TargetClasses::Ranked { .. } => false,
        }
    }
}

/// The classes of an image's map, as a target gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetClasses<'a> {
    /// The image's label.
    Label,
    /// The most probable class.
    Predicted,
    /// The class of this name or number, for every image.
    Named(&'a str),
    /// The most probable classes.
    Ranked {
        /// Number of classes; `None`: all.
        count: Option<NonZeroUsize>,
        /// Key of the number in the target's TOML, for messages.
        key: &'static str,
        /// Weights of the classes in the mean.
        weights: ClassWeights,
    },
}

/// A target without options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainTarget {}

/// `label` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LabelTarget(pub PlainTarget);

impl TargetChoice for LabelTarget {
    fn classes(&self) -> TargetClasses<'_> {
        TargetClasses::Label
    }

    fn words(&self) -> String {
        "label".into()
    }

    fn description(&self) -> String {
        "the image's label (GT-known)".into()
    }
}

/// `predicted` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PredictedTarget(pub PlainTarget);

impl TargetChoice for PredictedTarget {
    fn classes(&self) -> TargetClasses<'_> {
        TargetClasses::Predicted
    }

    fn words(&self) -> String {
        "predicted".into()
    }

    fn description(&self) -> String {
        "the predicted class".into()
    }
}

/// Name or number of a class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NamedClass(pub String);

impl TargetChoice for NamedClass {
    fn classes(&self) -> TargetClasses<'_> {
        TargetClasses::Named(&self.0)
    }

    fn words(&self) -> String {
        format!("class {}", self.0)
    }

    fn description(&self) -> String {
        format!("class `{}` for every image", self.0)
    }
}

/// Number of classes, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Count(pub NonZeroUsize);

impl Default for Count {
    fn default() -> Self {
        Self(NonZeroUsize::MIN)
    }
}

impl TargetChoice for Count {
    fn classes(&self) -> TargetClasses<'_> {
        TargetClasses::Ranked { count: Some(self.0), key: "top", weights: ClassWeights::Uniform }
    }

    fn joins(&self) -> bool {
        self.0.get() > 1
    }

    fn words(&self) -> String {
        format!("top {}", self.0)
    }
}

/// Options of `class-mean`: one map per class, averaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassMean {
    /// Number of classes, the most probable ones; default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<NonZeroUsize>,
    /// Weights of the classes in the mean.
    pub weights: ClassWeights,
}

impl TargetChoice for ClassMean {
    fn classes(&self) -> TargetClasses<'_> {
        TargetClasses::Ranked { count: self.classes, key: "class-mean.classes", weights: self.weights }
    }

    fn joins(&self) -> bool {
        true
    }

    fn words(&self) -> String {
        let classes = self.classes.map_or("classes".to_owned(), |count| format!("{count} classes"));
        let weights = match self.weights {
            ClassWeights::Uniform => "",
            ClassWeights::Probability => " by probability",
        };
        format!("mean of {classes}{weights}")
    }
}

/// Weight of each class in a mean of maps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Equal weights.
    #[default]
    Uniform,
    /// Softmax probability, normalised over the classes of the mean.
    Probability,
}

impl Target {
    /// `true` if the maps of several classes are averaged.
    pub fn joins(&self) -> bool {
        self.choice().joins()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.choice().words())
    }
}
