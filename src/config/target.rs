use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use camlab_base::registry;

registry! {
    /// The class that maps are made for.
    pub enum Target as "target" {
        "label" => Label(PlainTarget), "the image's own label: GT-known localisation";
        "predicted" => Predicted(PlainTarget), "the class the network finds most probable";
        "class" => Class(String), "one class for every image, by name or number";
        "top" => Top(Count), "the mean of the maps of this many most probable classes";
        "class-mean" => ClassMean(ClassMean), "a map per class, averaged into the image's map";
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

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(pub NonZeroUsize);

impl Default for Count {
    fn default() -> Self {
        Self(NonZeroUsize::MIN)
    }
}

/// A map per class, averaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassMean {
    /// Only this many classes, the most probable ones; left out, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<NonZeroUsize>,
    /// How classes count.
    pub weights: ClassWeights,
}

/// How much each class counts in a mean of maps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// All alike.
    #[default]
    Uniform,
    /// By softmax probability.
    Probability,
}

impl Target {
    /// Whether several maps of an image become one.
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
