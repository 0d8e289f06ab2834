/// Options that make no network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BackboneError {
    /// A head without outputs.
    #[error("a backbone for 0 classes has no output; give at least 1")]
    NoClasses,
    /// Stages without a depth or a width each.
    #[error(
        "`depths` has {depths} stages and `widths` has {widths}; give one of each per stage, at least one stage"
    )]
    Stages {
        /// Length of `depths`.
        depths: usize,
        /// Length of `widths`.
        widths: usize,
    },
    /// A stage of no blocks or no channels.
    #[error("stage {stage} has depth {depth} and width {width}; both must be at least 1")]
    EmptyStage {
        /// Which, from 1.
        stage: usize,
        /// Its blocks.
        depth: usize,
        /// Its channels.
        width: usize,
    },
    /// A stride that dilation cannot reach.
    #[error(
        "`output-stride` {asked} cannot be had: use a power of two that is at least the stem's stride of {stem}"
    )]
    OutputStride {
        /// What was asked for.
        asked: usize,
        /// What the stem alone makes.
        stem: usize,
    },
    /// A batch norm constant out of range.
    #[error("`{option}` = {value} is out of range; use {range}")]
    BatchNorm {
        /// The option.
        option: &'static str,
        /// What it was set to.
        value: f32,
        /// What it may be.
        range: &'static str,
    },
    /// The variant says where a bottleneck's stride sits.
    #[error(
        "`variant` = \"v1\" moves the stride of a bottleneck, a basic block has no such choice; leave it out"
    )]
    VariantOfBasic,
    /// Option A pads half of the new channels on either side, and halves the grid.
    #[error(
        "shortcut `option-a` cannot take {input} channels to {output} at stride {stride}: it takes every second \
         pixel and adds an even number of zero channels; use `projection`"
    )]
    OptionA {
        /// Channels before the block.
        input: usize,
        /// Channels behind it.
        output: usize,
        /// The block's stride.
        stride: usize,
    },
    /// Dropout that camlab does not have.
    #[error(
        "`dropout` = {value}: camlab has none, and trains without; write 0 (torchvision's VGGs train with 0.5)"
    )]
    Dropout {
        /// What was asked for.
        value: f32,
    },
    /// The three linear layers need the grid behind the last pooling.
    #[error(
        "`last-pool` = false leaves a grid that `classifier` = \"torchvision\" does not take; use \"gap-linear\""
    )]
    LastPool,
    /// The head's name would collide with another node's or be no name.
    #[error(
        "`head-name` = \"{name}\" is empty or names another part of the network; torchvision calls it `fc`"
    )]
    HeadName {
        /// What was asked for.
        name: String,
    },
}

impl BackboneError {
    pub(super) fn eps(value: f32) -> Self {
        Self::BatchNorm { option: "bn-eps", value, range: "a positive number such as 1e-5" }
    }

    pub(super) fn momentum(value: f32) -> Self {
        Self::BatchNorm { option: "bn-momentum", value, range: "a number from 0 to 1" }
    }
}
