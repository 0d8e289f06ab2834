//! Residual networks (He et al. 2016) with torchvision's layer names; block, depths and widths are options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Backbone, BackboneError};
use camlab_nn::graph::{Graph, GraphBuilder, NodeId, Window};

/// Residual block that the stages repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResidualBlock {
    /// Two 3x3 convolutions; output channels = the stage's width.
    Basic,
    /// 1x1, 3x3 and 1x1 convolutions; output channels = 4 x the stage's width.
    Bottleneck,
}

/// Position of the stride in a bottleneck that downsamples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Variant {
    /// On the first 1x1 convolution, as in the paper (and Keras).
    #[serde(rename = "v1")]
    V1,
    /// On the 3x3 convolution, as in torchvision.
    #[serde(rename = "v1.5")]
    V1_5,
}

/// First layers of the network, before stage 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stem {
    /// 7x7 convolution of stride 2 and 3x3 max pooling of stride 2.
    Imagenet,
    /// 3x3 convolution of stride 1, for images of 32 to 64 pixels.
    Small,
    /// 3x3 convolution of stride 2, no pooling.
    #[serde(rename = "small-stride-2")]
    SmallStride2,
}

impl Stem {
    fn stride(self) -> usize {
        match self {
            Self::Imagenet => 4,
            Self::Small => 1,
            Self::SmallStride2 => 2,
        }
    }
}

/// Shortcut connection of a block whose input and output shapes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shortcut {
    /// 1x1 convolution and batch norm (option B of He et al. 2016).
    Projection,
    /// Subsampling by 2 and zero-padded channels, without parameters (option A of He et al. 2016, used for CIFAR).
    OptionA,
}

/// A ResNet with every choice explicit. The default is ResNet-18.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ResNet {
    /// `basic` or `bottleneck`.
    pub block: ResidualBlock,
    /// Number of blocks of each stage; every stage except the first has stride 2.
    pub depths: Vec<usize>,
    /// Channels of each stage's 3x3 convolutions; the stem outputs as many as the first stage.
    pub widths: Vec<usize>,
    /// `imagenet`, `small` or `small-stride-2`.
    pub stem: Stem,
    /// `projection` or `option-a`.
    pub shortcut: Shortcut,
    /// `v1` or `v1.5`; applies to bottlenecks only.
    pub variant: Variant,
    /// Maximum stride of the whole network; strides beyond it are replaced by dilation. A power of two.
    pub output_stride: usize,
    /// Constant added to the variance in batch norm.
    pub bn_eps: f32,
    /// Weight of the current batch in the running statistics (torch's `momentum`).
    pub bn_momentum: f32,
    /// Name of the linear head in checkpoints.
    pub head_name: String,
}

impl Default for ResNet {
    fn default() -> Self {
        Self {
            block: ResidualBlock::Basic,
            depths: vec![2, 2, 2, 2],
            widths: vec![64, 128, 256, 512],
            stem: Stem::Imagenet,
            shortcut: Shortcut::Projection,
            variant: Variant::V1_5,
            output_stride: 32,
            bn_eps: 1e-5,
            bn_momentum: 0.1,
            head_name: "fc".into(),
        }
    }
}

/// Parameters of one block.
struct BlockShape {
    name: String,
    width: usize,
    stride: usize,
    /// Dilation of the 3x3 convolutions up to and including the (removed) stride, and after it.
    dilation: (usize, usize),
}

impl Backbone for ResNet {
    fn build(&self, classes: usize) -> Result<Graph, BackboneError> {
        Self::build(self, classes)
    }
}

impl ResNet {
    /// Builds the graph with a linear head of `classes` outputs.
    ///
    /// # Errors
    /// [`BackboneError`] naming the invalid option.
    pub fn build(&self, classes: usize) -> Result<Graph, BackboneError> {
        self.check(classes)?;
        let (mut b, image) = GraphBuilder::new(3, self.bn_eps, self.bn_momentum);
        let mut x = self.stem(&mut b, image);
        let (mut total, mut dilation) = (self.stem.stride(), 1);
        for (stage, (&depth, &width)) in self.depths.iter().zip(&self.widths).enumerate() {
            let wanted = if stage == 0 { 1 } else { 2 };
            let before = dilation;
            // As torchvision's `replace_stride_with_dilation`: a removed stride becomes dilation of the later
            // convolutions.
            let stride = if total * wanted > self.output_stride { 1 } else { wanted };
            dilation *= wanted / stride;
            total *= stride;
            let layer = format!("layer{}", stage + 1);
            for index in 0..depth {
                let name = format!("{layer}.{index}");
                let first = index == 0;
                let stride = if first { stride } else { 1 };
                let dilation = (if first { before } else { dilation }, dilation);
                x = self.block(&mut b, x, &BlockShape { name: name.clone(), width, stride, dilation })?;
                b.tap(&name, x);
            }
            b.tap(&layer, x);
        }
        let pooled = b.global_avg_pool("avgpool", x);
        let logits = b.linear(&self.head_name, pooled, classes);
        Ok(b.finish(logits))
    }

    fn stem(&self, b: &mut GraphBuilder, image: NodeId) -> NodeId {
        let window = match self.stem {
            Stem::Imagenet => Window::same(7).stride(2),
            Stem::Small => Window::same(3),
            Stem::SmallStride2 => Window::same(3).stride(2),
        };
        let x = b.conv("conv1", image, self.widths[0], window);
        let x = b.batch_norm("bn1", x);
        let x = b.relu("relu", x);
        match self.stem {
            Stem::Imagenet => b.max_pool("maxpool", x, Window::same(3).stride(2)),
            Stem::Small | Stem::SmallStride2 => x,
        }
    }

    fn block(&self, b: &mut GraphBuilder, x: NodeId, block: &BlockShape) -> Result<NodeId, BackboneError> {
        let name = |part: &str| format!("{}.{part}", block.name);
        let (stride, (before, behind)) = (block.stride, block.dilation);
        let plain = Window::same(1);
        // Output channels and window of each convolution. Convolutions after the stride use the stage's dilation.
        let convs = match (self.block, self.variant) {
            (ResidualBlock::Basic, _) => vec![
                (block.width, Window::same(3).stride(stride).dilation(before)),
                (block.width, Window::same(3).dilation(behind)),
            ],
            (ResidualBlock::Bottleneck, Variant::V1_5) => vec![
                (block.width, plain),
                (block.width, Window::same(3).stride(stride).dilation(before)),
                (4 * block.width, plain),
            ],
            (ResidualBlock::Bottleneck, Variant::V1) => vec![
                (block.width, plain.stride(stride)),
                (block.width, Window::same(3).dilation(behind)),
                (4 * block.width, plain),
            ],
        };
        let mut y = x;
        for (index, (channels, window)) in convs.iter().enumerate() {
            if index > 0 {
                y = b.relu(&name("relu"), y);
            }
            y = b.conv(&name(&format!("conv{}", index + 1)), y, *channels, *window);
            y = b.batch_norm(&name(&format!("bn{}", index + 1)), y);
        }
        let shortcut = self.shortcut(b, x, b.channels(y), block)?;
        let sum = b.add(&name("add"), y, shortcut);
        Ok(b.relu(&name("relu"), sum))
    }

    fn shortcut(
        &self,
        b: &mut GraphBuilder,
        x: NodeId,
        output: usize,
        block: &BlockShape,
    ) -> Result<NodeId, BackboneError> {
        let input = b.channels(x);
        if input == output && block.stride == 1 {
            return Ok(x);
        }
        match self.shortcut {
            Shortcut::Projection => {
                let window = Window::same(1).stride(block.stride);
                let y = b.conv(&format!("{}.downsample.0", block.name), x, output, window);
                Ok(b.batch_norm(&format!("{}.downsample.1", block.name), y))
            }
            Shortcut::OptionA
                if block.stride == 2 && output >= input && (output - input).is_multiple_of(2) =>
            {
                Ok(b.option_a(&format!("{}.shortcut", block.name), x, output))
            }
            Shortcut::OptionA => Err(BackboneError::OptionA { input, output, stride: block.stride }),
        }
    }

    fn check(&self, classes: usize) -> Result<(), BackboneError> {
        if classes == 0 {
            return Err(BackboneError::NoClasses);
        }
        let (depths, widths) = (self.depths.len(), self.widths.len());
        if depths != widths || depths == 0 {
            return Err(BackboneError::Stages { depths, widths });
        }
        for (stage, (&depth, &width)) in self.depths.iter().zip(&self.widths).enumerate() {
            if depth == 0 || width == 0 {
                return Err(BackboneError::EmptyStage { stage: stage + 1, depth, width });
            }
        }
        if !self.output_stride.is_power_of_two() || self.output_stride < self.stem.stride() {
            return Err(BackboneError::OutputStride { asked: self.output_stride, stem: self.stem.stride() });
        }
        if !(self.bn_eps > 0.0 && self.bn_eps.is_finite()) {
            return Err(BackboneError::eps(self.bn_eps));
        }
        if !(0.0..=1.0).contains(&self.bn_momentum) {
            return Err(BackboneError::momentum(self.bn_momentum));
        }
        if self.block == ResidualBlock::Basic && self.variant == Variant::V1 {
            return Err(BackboneError::VariantOfBasic);
        }
        let taken = ["input", "conv1", "bn1", "relu", "maxpool", "avgpool"];
        let name = &self.head_name;
        if name.is_empty()
            || name.contains('.')
            || name.starts_with("layer")
            || taken.contains(&name.as_str())
        {
            return Err(BackboneError::HeadName { name: name.clone() });
        }
        Ok(())
    }
}
