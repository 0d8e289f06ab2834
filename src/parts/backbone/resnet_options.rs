use serde::{Deserialize, Serialize};

use super::resnet::{ResNet, ResidualBlock, Stem, Variant};

/// Options of the named ResNets of basic blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BasicResNetOptions {
    /// The largest stride of the whole network: strides that would exceed it become dilation. 32, 16 or 8.
    pub output_stride: usize,
    /// How the image enters.
    pub stem: Stem,
    /// What batch norms add to the variance.
    pub bn_eps: f32,
    /// Weight of a batch in the running statistics.
    pub bn_momentum: f32,
}

impl Default for BasicResNetOptions {
    fn default() -> Self {
        let ResNet { output_stride, stem, bn_eps, bn_momentum, .. } = ResNet::default();
        Self { output_stride, stem, bn_eps, bn_momentum }
    }
}

impl BasicResNetOptions {
    pub(super) fn resnet(&self, depths: [usize; 4]) -> ResNet {
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

/// Options of the named ResNets of bottleneck blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BottleneckResNetOptions {
    /// Where the first block of a stage has its stride.
    pub variant: Variant,
    /// The largest stride of the whole network: strides that would exceed it become dilation. 32, 16 or 8.
    pub output_stride: usize,
    /// How the image enters.
    pub stem: Stem,
    /// What batch norms add to the variance.
    pub bn_eps: f32,
    /// Weight of a batch in the running statistics.
    pub bn_momentum: f32,
}

impl Default for BottleneckResNetOptions {
    fn default() -> Self {
        let ResNet { variant, output_stride, stem, bn_eps, bn_momentum, .. } = ResNet::default();
        Self { variant, output_stride, stem, bn_eps, bn_momentum }
    }
}

impl BottleneckResNetOptions {
    pub(super) fn resnet(&self, depths: [usize; 4]) -> ResNet {
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
