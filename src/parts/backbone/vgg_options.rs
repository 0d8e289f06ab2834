use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::family::network;
use super::vgg::{Vgg, VggClassifier};

network! {
    /// VGG-11, configuration A.
    Vgg11(VggOptions) = vgg [1, 1, 2, 2, 2]
}

network! {
    /// VGG-13, configuration B.
    Vgg13(VggOptions) = vgg [2, 2, 2, 2, 2]
}

network! {
    /// VGG-16, configuration D.
    Vgg16(VggOptions) = vgg [2, 2, 3, 3, 3]
}

network! {
    /// VGG-19, configuration E.
    Vgg19(VggOptions) = vgg [2, 2, 4, 4, 4]
}

network! {
    /// VGG-11 with batch norm.
    Vgg11Bn(VggBnOptions) = vgg [1, 1, 2, 2, 2]
}

network! {
    /// VGG-13 with batch norm.
    Vgg13Bn(VggBnOptions) = vgg [2, 2, 2, 2, 2]
}

network! {
    /// VGG-16 with batch norm.
    Vgg16Bn(VggBnOptions) = vgg [2, 2, 3, 3, 3]
}

network! {
    /// VGG-19 with batch norm.
    Vgg19Bn(VggBnOptions) = vgg [2, 2, 4, 4, 4]
}

/// Options of the VGG networks without batch norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct VggOptions {
    /// `torchvision` (three linear layers on the 7x7 grid) or `gap-linear` (global pooling, one linear layer).
    pub classifier: VggClassifier,
    /// `true` if the last stage ends in max pooling too; `false` doubles the grid's resolution (`gap-linear` only).
    pub last_pool: bool,
    /// Only 0: dropout belongs to the training, `training.dropout`.
    pub dropout: f32,
}

impl Default for VggOptions {
    fn default() -> Self {
        Self { classifier: VggClassifier::Torchvision, last_pool: true, dropout: 0.0 }
    }
}

impl VggOptions {
    fn vgg(&self, depths: [usize; 5]) -> Vgg {
        let Self { classifier, last_pool, dropout } = *self;
        Vgg { depths, classifier, last_pool, dropout, batch_norm: None }
    }
}

/// Options of the VGG networks with batch norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct VggBnOptions {
    /// `torchvision` (three linear layers on the 7x7 grid) or `gap-linear` (global pooling, one linear layer).
    pub classifier: VggClassifier,
    /// `true` if the last stage ends in max pooling too; `false` doubles the grid's resolution (`gap-linear` only).
    pub last_pool: bool,
    /// Only 0: dropout belongs to the training, `training.dropout`.
    pub dropout: f32,
    /// Constant added to the variance in batch norm.
    pub bn_eps: f32,
    /// Weight of the current batch in the running statistics (torch's `momentum`).
    pub bn_momentum: f32,
}

impl Default for VggBnOptions {
    fn default() -> Self {
        let VggOptions { classifier, last_pool, dropout } = VggOptions::default();
        Self { classifier, last_pool, dropout, bn_eps: 1e-5, bn_momentum: 0.1 }
    }
}

impl VggBnOptions {
    fn vgg(&self, depths: [usize; 5]) -> Vgg {
        let Self { classifier, last_pool, dropout, bn_eps, bn_momentum } = *self;
        Vgg { depths, classifier, last_pool, dropout, batch_norm: Some((bn_eps, bn_momentum)) }
    }
}
