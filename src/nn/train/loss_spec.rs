use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::ClassProbabilities;
use crate::ops::AsymmetricFocus;
use camlab_base::registry;

registry! {
    /// Loss that training minimises, as named in TOML.
    pub enum LossSpec as "loss" {
        "cross-entropy" => CrossEntropy(CrossEntropy), "cross-entropy of the softmax, for images with one label each";
        "binary-cross-entropy" => BinaryCrossEntropy(BinaryCrossEntropy), "cross-entropy of every class's sigmoid, mean over images and classes, for images with several labels (torch's BCEWithLogitsLoss)";
        "asymmetric" => Asymmetric(Asymmetric) as "ASL", "binary cross-entropy that counts easy classes less, above all those that an image does not show (Ben-Baruch et al. 2021)";
    }
    /// The implementation of this loss.
    fn implementation -> LossKind;
}

/// A loss: what one row of the registry does.
pub trait LossKind {
    /// Checks the options.
    ///
    /// # Errors
    /// An option out of range.
    fn check(&self) -> Result<(), TrainError> {
        Ok(())
    }

    /// The loss of classes that are decided each by itself; `None` for one label per image.
    fn focus(&self) -> Option<AsymmetricFocus>;
}

/// `cross-entropy` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossEntropy {}

impl LossKind for CrossEntropy {
    fn focus(&self) -> Option<AsymmetricFocus> {
        None
    }
}

/// `binary-cross-entropy` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BinaryCrossEntropy {}

impl LossKind for BinaryCrossEntropy {
    fn focus(&self) -> Option<AsymmetricFocus> {
        Some(AsymmetricFocus::default())
    }
}

/// Options of `asymmetric`; the defaults are those of the authors' code.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Asymmetric {
    /// Exponent of `1 - p` of the classes that an image shows, 0 or more.
    pub gamma_positive: f64,
    /// Exponent of the probability of all other classes, 0 or more.
    pub gamma_negative: f64,
    /// Subtracted from the probability of these, which is 0 below it: 0 to less than 1.
    pub margin: f64,
}

impl Default for Asymmetric {
    fn default() -> Self {
        Self { gamma_positive: 1.0, gamma_negative: 4.0, margin: 0.05 }
    }
}

impl LossKind for Asymmetric {
    fn check(&self) -> Result<(), TrainError> {
        let options = [
            ("loss.asymmetric.gamma-positive", self.gamma_positive, f64::INFINITY, "0 or more"),
            ("loss.asymmetric.gamma-negative", self.gamma_negative, f64::INFINITY, "0 or more"),
            ("loss.asymmetric.margin", self.margin, 1.0, "0 to less than 1"),
        ];
        match options.into_iter().find(|(_, value, below, _)| !(0.0..*below).contains(value)) {
            Some((option, value, _, range)) => Err(TrainError::Option { option, value, range }),
            None => Ok(()),
        }
    }

    fn focus(&self) -> Option<AsymmetricFocus> {
        let Self { gamma_positive, gamma_negative, margin } = *self;
        Some(AsymmetricFocus { gamma_positive, gamma_negative, margin })
    }
}

impl Default for LossSpec {
    fn default() -> Self {
        Self::CrossEntropy(CrossEntropy {})
    }
}

impl LossSpec {
    /// True for the default.
    pub fn is_cross_entropy(&self) -> bool {
        *self == Self::default()
    }

    /// The probabilities that the trained network's class scores stand for.
    pub fn probabilities(&self) -> ClassProbabilities {
        match self.implementation().focus() {
            None => ClassProbabilities::Softmax,
            Some(_) => ClassProbabilities::Sigmoid,
        }
    }
}
