use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::family::network;
use super::resnet::{ResNet, ResidualBlock, Stem, Variant};

network! {
    /// ResNet-18.
    ResNet18(BasicResNetOptions) = resnet [2, 2, 2, 2]
}

network! {
    /// ResNet-34.
    ResNet34(BasicResNetOptions) = resnet [3, 4, 6, 3]
}

network! {
    /// ResNet-50.
    ResNet50(BottleneckResNetOptions) = resnet [3, 4, 6, 3]
}

network! {
    /// ResNet-101.
    ResNet101(BottleneckResNetOptions) = resnet [3, 4, 23, 3]
}

/// Options of `resnet18` and `resnet34` (basic blocks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BasicResNetOptions {
    /// Maximum stride of the whole network: 32, 16 or 8; strides beyond it are replaced by dilation.
    pub output_stride: usize,
    /// First layers of the network: `imagenet`, `small` or `small-stride-2`.
    pub stem: Stem,
    /// Constant added to the variance in batch norm.
    pub bn_eps: f32,
    /// Weight of the current batch in the running statistics (torch's `momentum`).
    pub bn_momentum: f32,
}

impl Default for BasicResNetOptions {
    fn default() -> Self {
        let ResNet { output_stride, stem, bn_eps, bn_momentum, .. } = ResNet::default();
        Self { output_stride, stem, bn_eps, bn_momentum }
    }
}

impl BasicResNetOptions {
    fn resnet(&self, depths: [usize; 4]) -> ResNet {
        let Self { output_stride, stem, bn_eps, bn_momentum } = *self;
        let depths = depths.to_vec();
        ResNet {
            block: ResidualBlock::Basic,
            depths,
            output_stride,
            stem,
            bn_eps,
            bn_momentum,
            ..Default::default()
        }
    }
}

/// Options of `resnet50` and `resnet101` (bottleneck blocks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BottleneckResNetOptions {
    /// Position of the stride in a stage's first block: `v1` or `v1.5`.
    pub variant: Variant,
    /// Maximum stride of the whole network: 32, 16 or 8; strides beyond it are replaced by dilation.
    pub output_stride: usize,
    /// First layers of the network: `imagenet`, `small` or `small-stride-2`.
    pub stem: Stem,
    /// Constant added to the variance in batch norm.
    pub bn_eps: f32,
    /// Weight of the current batch in the running statistics (torch's `momentum`).
    pub bn_momentum: f32,
}

impl Default for BottleneckResNetOptions {
    fn default() -> Self {
        let ResNet { variant, output_stride, stem, bn_eps, bn_momentum, .. } = ResNet::default();
        Self { variant, output_stride, stem, bn_eps, bn_momentum }
    }
}

impl BottleneckResNetOptions {
    fn resnet(&self, depths: [usize; 4]) -> ResNet {
        let Self { variant, output_stride, stem, bn_eps, bn_momentum } = *self;
        ResNet {
            block: ResidualBlock::Bottleneck,
            depths: depths.to_vec(),
            variant,
            output_stride,
            stem,
            bn_eps,
            bn_momentum,
            ..Default::default()
        }
    }
}
