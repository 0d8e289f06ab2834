//! Classification networks by name. Each family is one file that writes a [`Graph`] down.

mod error;
mod resnet;
mod resnet_options;

use crate::nn::graph::Graph;
use crate::registry::registry;

pub use error::BackboneError;
pub use resnet::{Block, ResNet, Shortcut, Stem, Variant};
pub use resnet_options::{BasicResNetOptions, BottleneckResNetOptions};

registry! {
    /// A backbone and its options.
    pub enum BackboneSpec as "backbone" {
        "resnet18" => ResNet18(BasicResNetOptions), "ResNet-18, basic blocks 2-2-2-2 (He et al. 2016)";
        "resnet34" => ResNet34(BasicResNetOptions), "ResNet-34, basic blocks 3-4-6-3 (He et al. 2016)";
        "resnet50" => ResNet50(BottleneckResNetOptions), "ResNet-50, bottlenecks 3-4-6-3 (He et al. 2016)";
        "resnet101" => ResNet101(BottleneckResNetOptions), "ResNet-101, bottlenecks 3-4-23-3 (He et al. 2016)";
        "resnet" => ResNet(ResNet), "any ResNet: block, depths, widths, stem and shortcut given one by one";
    }
}

impl BackboneSpec {
    /// The graph of this backbone with a linear head of `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the option that makes no network.
    pub fn build(&self, classes: usize) -> Result<Graph, BackboneError> {
        match self {
            Self::ResNet18(options) => options.resnet([2, 2, 2, 2]).build(classes),
            Self::ResNet34(options) => options.resnet([3, 4, 6, 3]).build(classes),
            Self::ResNet50(options) => options.resnet([3, 4, 6, 3]).build(classes),
            Self::ResNet101(options) => options.resnet([3, 4, 23, 3]).build(classes),
            Self::ResNet(options) => options.build(classes),
        }
    }
}
