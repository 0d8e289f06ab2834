//! VGG networks (Simonyan & Zisserman 2015) with torchvision's layer names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::BackboneError;
use camlab_nn::graph::{Graph, GraphBuilder, NodeId, Window};

/// Channels of each stage's convolutions.
const WIDTHS: [usize; 5] = [64, 128, 256, 512, 512];
/// Rows and columns of the feature grid that torchvision's classifier takes: 224 halved five times.
const GRID: usize = 7;
/// Width of the classifier's hidden layers.
const HIDDEN: usize = 4096;

/// Classifier on the last features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VggClassifier {
    /// Three linear layers on the flattened 7x7 grid: `classifier.0`, `.3`, `.6`. torchvision first pools any grid to
    /// 7x7; camlab accepts images of 224 to 255 pixels, for which that pooling is the identity.
    Torchvision,
    /// Global average pooling and one linear layer, `classifier`, so that CAM is defined (Zhou et al. 2016).
    GapLinear,
}

/// A VGG network with every choice explicit.
#[derive(Debug, Clone, PartialEq)]
pub struct Vgg {
    /// Number of convolutions of each of the five stages.
    pub depths: [usize; 5],
    /// Classifier on the last features.
    pub classifier: VggClassifier,
    /// `true` if the last stage ends in max pooling too. `false` doubles the grid's resolution (VGG of Zhou et al.
    /// 2016).
    pub last_pool: bool,
    /// Dropout rate of the classifier in training; only 0 is supported.
    pub dropout: f32,
    /// `eps` and `momentum` of a batch norm after every convolution; `None`: no batch norm.
    pub batch_norm: Option<(f32, f32)>,
}

impl Vgg {
    /// Builds the graph with a head of `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the invalid option.
    pub fn build(&self, classes: usize) -> Result<Graph, BackboneError> {
        self.check(classes)?;
        let (eps, momentum) = self.batch_norm.unwrap_or_default();
        let (mut b, image) = GraphBuilder::new(3, eps, momentum);
        let features = self.features(&mut b, image);
        b.tap("features", features);
        let logits = match self.classifier {
            VggClassifier::GapLinear => {
                let pooled = b.global_avg_pool("avgpool", features);
                b.linear("classifier", pooled, classes)
            }
            VggClassifier::Torchvision => {
                b.tap("avgpool", features);
                let x = b.flatten("flatten", features, GRID, GRID);
                let x = b.linear("classifier.0", x, HIDDEN);
                let x = b.relu("classifier.1", x);
                let x = b.linear("classifier.3", x, HIDDEN);
                let x = b.relu("classifier.4", x);
                b.linear("classifier.6", x, classes)
            }
        };
        Ok(b.finish(logits))
    }

    /// Nodes are named `features.N`; as in torchvision, N counts every convolution, batch norm, ReLU and pooling.
    fn features(&self, b: &mut GraphBuilder, image: NodeId) -> NodeId {
        let (mut x, mut index) = (image, 0);
        let mut name = || {
            index += 1;
            format!("features.{}", index - 1)
        };
        for (stage, (depth, width)) in self.depths.into_iter().zip(WIDTHS).enumerate() {
            for _ in 0..depth {
                x = b.conv_with_bias(&name(), x, width, Window::same(3));
                if self.batch_norm.is_some() {
                    x = b.batch_norm(&name(), x);
                }
                x = b.relu(&name(), x);
            }
            if stage + 1 < WIDTHS.len() || self.last_pool {
                x = b.max_pool(&name(), x, Window::square(2, 2, 0));
            }
        }
        x
    }

    fn check(&self, classes: usize) -> Result<(), BackboneError> {
        if classes == 0 {
            return Err(BackboneError::NoClasses);
        }
        if self.dropout != 0.0 {
            return Err(BackboneError::Dropout { value: self.dropout });
        }
        if !self.last_pool && self.classifier == VggClassifier::Torchvision {
            return Err(BackboneError::LastPool);
        }
        match self.batch_norm {
            Some((eps, _)) if !(eps > 0.0 && eps.is_finite()) => Err(BackboneError::eps(eps)),
            Some((_, momentum)) if !(0.0..=1.0).contains(&momentum) => Err(BackboneError::momentum(momentum)),
            _ => Ok(()),
        }
    }
}
