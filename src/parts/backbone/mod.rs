//! Classification networks by name: one file per family, which builds a [`Graph`].

mod error;
mod head;
mod resnet;
mod resnet_options;
mod vgg;
mod vgg_options;

use camlab_base::registry;
use camlab_nn::graph::Graph;

pub use error::BackboneError;
pub use head::{AffineOptions, GapLinearOptions, HeadSpec};
pub use resnet::{ResNet, ResidualBlock, Shortcut, Stem, Variant};
pub use resnet_options::{BasicResNetOptions, BottleneckResNetOptions};
pub use vgg::{Vgg, VggClassifier};
pub use vgg_options::{VggBnOptions, VggOptions};

registry! {
    /// A backbone and its options.
    pub enum BackboneSpec as "backbone" {
        "resnet18" => ResNet18(BasicResNetOptions), "ResNet-18, basic blocks 2-2-2-2 (He et al. 2016)";
        "resnet34" => ResNet34(BasicResNetOptions), "ResNet-34, basic blocks 3-4-6-3 (He et al. 2016)";
        "resnet50" => ResNet50(BottleneckResNetOptions), "ResNet-50, bottlenecks 3-4-6-3 (He et al. 2016)";
        "resnet101" => ResNet101(BottleneckResNetOptions), "ResNet-101, bottlenecks 3-4-23-3 (He et al. 2016)";
        "resnet" => ResNet(ResNet), "any ResNet: block, depths, widths, stem and shortcut as options";
        "vgg11" => Vgg11(VggOptions), "VGG-11, configuration A (Simonyan & Zisserman 2015)";
        "vgg13" => Vgg13(VggOptions), "VGG-13, configuration B (Simonyan & Zisserman 2015)";
        "vgg16" => Vgg16(VggOptions), "VGG-16, configuration D (Simonyan & Zisserman 2015)";
        "vgg19" => Vgg19(VggOptions), "VGG-19, configuration E (Simonyan & Zisserman 2015)";
        "vgg11_bn" => Vgg11Bn(VggBnOptions), "VGG-11 with batch norm after every convolution (torchvision)";
        "vgg13_bn" => Vgg13Bn(VggBnOptions), "VGG-13 with batch norm after every convolution (torchvision)";
        "vgg16_bn" => Vgg16Bn(VggBnOptions), "VGG-16 with batch norm after every convolution (torchvision)";
        "vgg19_bn" => Vgg19Bn(VggBnOptions), "VGG-19 with batch norm after every convolution (torchvision)";
    }
}

impl BackboneSpec {
    /// The graph of this backbone with `head`, or with its own head, of `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the invalid option.
    pub fn with_head(&self, head: Option<&HeadSpec>, classes: usize) -> Result<Graph, BackboneError> {
        let graph = self.build(classes)?;
        Ok(head.map(|head| head.on(&graph)).unwrap_or(graph))
    }

    /// Builds the graph of this backbone with a linear head of `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the invalid option.
    pub fn build(&self, classes: usize) -> Result<Graph, BackboneError> {
        match self {
            Self::ResNet18(options) => options.resnet([2, 2, 2, 2]).build(classes),
            Self::ResNet34(options) => options.resnet([3, 4, 6, 3]).build(classes),
            Self::ResNet50(options) => options.resnet([3, 4, 6, 3]).build(classes),
            Self::ResNet101(options) => options.resnet([3, 4, 23, 3]).build(classes),
            Self::ResNet(options) => options.build(classes),
            Self::Vgg11(options) => options.vgg([1, 1, 2, 2, 2]).build(classes),
            Self::Vgg13(options) => options.vgg([2, 2, 2, 2, 2]).build(classes),
            Self::Vgg16(options) => options.vgg([2, 2, 3, 3, 3]).build(classes),
            Self::Vgg19(options) => options.vgg([2, 2, 4, 4, 4]).build(classes),
            Self::Vgg11Bn(options) => options.vgg([1, 1, 2, 2, 2]).build(classes),
            Self::Vgg13Bn(options) => options.vgg([2, 2, 2, 2, 2]).build(classes),
            Self::Vgg16Bn(options) => options.vgg([2, 2, 3, 3, 3]).build(classes),
            Self::Vgg19Bn(options) => options.vgg([2, 2, 4, 4, 4]).build(classes),
        }
    }
}
