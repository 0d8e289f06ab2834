//! Classification networks by name: one file per family, which builds a [`Graph`].

mod error;
mod family;
mod head;
mod onnx;
mod resnet;
mod resnet_options;
mod vgg;
mod vgg_options;

use crate::init::Sha256;
use camlab_base::registry;
use camlab_data::path::DataPath;
use camlab_nn::graph::Graph;

pub use error::BackboneError;
pub use head::{AffineOptions, GapLinearOptions, HeadKind, HeadSpec};
pub use onnx::{OnnxLayout, OnnxNetwork};
pub use resnet::{ResNet, ResidualBlock, Shortcut, Stem, Variant};
pub use resnet_options::{
    BasicResNetOptions, BottleneckResNetOptions, ResNet18, ResNet34, ResNet50, ResNet101,
};
pub use vgg::{Vgg, VggClassifier};
pub use vgg_options::{
    Vgg11, Vgg11Bn, Vgg13, Vgg13Bn, Vgg16, Vgg16Bn, Vgg19, Vgg19Bn, VggBnOptions, VggOptions,
};

registry! {
    /// A backbone and its options.
    pub enum BackboneSpec as "backbone" {
        "resnet18" => ResNet18(ResNet18), "ResNet-18, basic blocks 2-2-2-2 (He et al. 2016)";
        "resnet34" => ResNet34(ResNet34), "ResNet-34, basic blocks 3-4-6-3 (He et al. 2016)";
        "resnet50" => ResNet50(ResNet50), "ResNet-50, bottlenecks 3-4-6-3 (He et al. 2016)";
        "resnet101" => ResNet101(ResNet101), "ResNet-101, bottlenecks 3-4-23-3 (He et al. 2016)";
        "resnet" => ResNet(ResNet), "any ResNet: block, depths, widths, stem and shortcut as options";
        "vgg11" => Vgg11(Vgg11), "VGG-11, configuration A (Simonyan & Zisserman 2015)";
        "vgg13" => Vgg13(Vgg13), "VGG-13, configuration B (Simonyan & Zisserman 2015)";
        "vgg16" => Vgg16(Vgg16), "VGG-16, configuration D (Simonyan & Zisserman 2015)";
        "vgg19" => Vgg19(Vgg19), "VGG-19, configuration E (Simonyan & Zisserman 2015)";
        "vgg11_bn" => Vgg11Bn(Vgg11Bn), "VGG-11 with batch norm after every convolution (torchvision)";
        "vgg13_bn" => Vgg13Bn(Vgg13Bn), "VGG-13 with batch norm after every convolution (torchvision)";
        "vgg16_bn" => Vgg16Bn(Vgg16Bn), "VGG-16 with batch norm after every convolution (torchvision)";
        "vgg19_bn" => Vgg19Bn(Vgg19Bn), "VGG-19 with batch norm after every convolution (torchvision)";
        "onnx" => Onnx(OnnxNetwork), "any convolutional network in an ONNX file, as another tool exported it";
    }
    /// The implementation of this backbone.
    fn implementation -> Backbone;
}

/// A backbone: what one row of the registry does.
pub trait Backbone {
    /// Builds the graph with a linear head of `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the invalid option.
    fn build(&self, classes: usize) -> Result<Graph, BackboneError>;
}

impl BackboneSpec {
    /// The file that holds the network's layers, with the sha256 that is declared; `None` for a network that camlab builds.
    pub fn file(&self) -> Option<(&DataPath, Option<&Sha256>)> {
        match self {
            Self::Onnx(network) if !network.file.is_empty() => Some((&network.file, network.sha256.as_ref())),
            _ => None,
        }
    }

    /// Number of classes that its file declares; `None` for a network that takes any number.
    pub fn own_classes(&self) -> Option<usize> {
        match self {
            Self::Onnx(network) => network.own_classes(),
            _ => None,
        }
    }

    /// Height and width that images must have; `None` for a network that takes other sizes too.
    pub fn input_size(&self) -> Option<[usize; 2]> {
        match self {
            Self::Onnx(network) => network.input_size(),
            _ => None,
        }
    }

    /// The same backbone, known by the digest of its file.
    #[must_use]
    pub fn with_sha256(mut self, digest: &str) -> Self {
        if let Self::Onnx(network) = &mut self {
            network.sha256 = Sha256::new(digest);
        }
        self
    }

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
        self.implementation().build(classes)
    }
}
