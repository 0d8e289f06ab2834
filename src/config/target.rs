use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use camlab_base::registry;

registry! {
    /// Target class of a map.
    pub enum Target as "target" {
        "label" => Label(PlainTarget), "the image's ground-truth label (GT-known localisation)";
        "predicted" => Predicted(PlainTarget), "the predicted class: the one with the highest class score";
        "class" => Class(String), "one class for every image, given by name or number";
        "top" => Top(Count), "the mean of the maps of this many most probable classes";
        "class-mean" => ClassMean(ClassMean), "the mean of the maps of all classes or of the most probable ones, weighted equally or by probability";
    }
}

impl Default for Target {
    fn default() -> Self {
        Self::Label(PlainTarget {})
    }
}

/// A target without options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainTarget {}

/// Number of classes, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(pub NonZeroUsize);

impl Default for Count {
    fn default() -> Self {
        Self(NonZeroUsize::MIN)
    }
}

/// Options of `class-mean`: one map per class, averaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassMean {
    /// Number of classes, the most probable ones; default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<NonZeroUsize>,
    /// Weights of the classes in the mean.
    pub weights: ClassWeights,
}

/// Weight of each class in a mean of maps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
        match self {
            Self::Top(count) => count.0.get() > 1,
            Self::ClassMean(_) => true,
            Self::Label(_) | Self::Predicted(_) | Self::Class(_) => false,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Label(_) => f.write_str("label"),
            Self::Predicted(_) => f.write_str("predicted"),
            Self::Class(name) => write!(f, "class {name}"),
            Self::Top(count) => write!(f, "top {}", count.0),
            Self::ClassMean(ClassMean { classes, weights }) => {
                match classes {
                    Some(count) => write!(f, "mean of {count} classes")?,
                    None => f.write_str("mean of classes")?,
                }
                match weights {
                    ClassWeights::Uniform => Ok(()),
                    ClassWeights::Probability => f.write_str(" by probability"),
                }
            }
        }
    }
}
