/// Backbone options that do not describe a valid network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BackboneError {
    /// The head has 0 classes.
    #[error("the number of classes is 0; use at least 1")]
    NoClasses,
    /// `onnx` without a file.
    #[error("`onnx` names no file; write {{ onnx = {{ file = \"net.onnx\" }} }}")]
    NoFile,
    /// A file that is not there: its layers cannot be checked before it is.
    #[error("the network's file is not there: {reason}")]
    Absent {
        /// Cause, with the file.
        reason: String,
    },
    /// An ONNX file that cannot be read or imported.
    #[error("{reason}")]
    Onnx {
        /// The option of `onnx` that is to be changed.
        option: String,
        /// Cause, with the file and the node.
        reason: String,
    },
    /// `depths` and `widths` differ in length, or are empty.
    #[error(
        "`depths` has {depths} stages and `widths` has {widths}; give one of each per stage, at least one stage"
    )]
    Stages {
        /// Length of `depths`.
        depths: usize,
        /// Length of `widths`.
        widths: usize,
    },
    /// A stage with 0 blocks or 0 channels.
    #[error("stage {stage} has depth {depth} and width {width}; both must be at least 1")]
    EmptyStage {
        /// Index of the stage, from 1.
        stage: usize,
        /// Number of blocks.
        depth: usize,
        /// Number of channels.
        width: usize,
    },
    /// An `output-stride` that is not a power of two or is below the stem's stride.
    #[error(
        "`output-stride` = {asked} is not supported; use a power of two that is at least {stem}, the stem's stride"
    )]
    OutputStride {
        /// Requested value.
        asked: usize,
        /// Stride of the stem.
        stem: usize,
    },
    /// A batch norm option out of range.
    #[error("`{option}` = {value} is out of range; use {range}")]
    BatchNorm {
        /// Name of the TOML option.
        option: &'static str,
        /// Value given.
        value: f32,
        /// Accepted values.
        range: &'static str,
    },
    /// `variant = "v1"` on basic blocks: the variant only places the stride of a bottleneck.
    #[error("`variant` = \"v1\" applies only to bottleneck blocks; remove `variant`")]
    VariantOfBasic,
    /// `option-a` where it is undefined: it pads an even number of zero channels, half on each side, at stride 2.
    #[error(
        "`shortcut` = \"option-a\" cannot map {input} channels to {output} at stride {stride}: it takes every second \
         pixel and adds an even number of zero channels; use \"projection\""
    )]
    OptionA {
        /// Input channels of the block.
        input: usize,
        /// Output channels of the block.
        output: usize,
        /// Stride of the block.
        stride: usize,
    },
    /// Non-zero dropout, which belongs to the training.
    #[error(
        "`dropout` = {value} belongs to the training; write 0 here, and dropout = {{ rate = {value}, layers = \
         [\"classifier.1\", \"classifier.4\"] }} in [training]"
    )]
    Dropout {
        /// Requested value.
        value: f32,
    },
    /// `last-pool = false` with the `torchvision` classifier, whose linear layers need the pooled 7x7 grid.
    #[error(
        "`last-pool` = false does not work with `classifier` = \"torchvision\"; use `classifier` = \"gap-linear\""
    )]
    LastPool,
    /// `head-name` is empty or collides with the name of another node.
    #[error(
        "`head-name` = \"{name}\" is empty or the name of another module; use \"fc\", as torchvision does"
    )]
    HeadName {
        /// Requested value.
        name: String,
    },
}

impl BackboneError {
    /// Path of the option that is to be changed, below `backbone`, if the error knows it.
    pub fn option(&self) -> Option<String> {
        match self {
            Self::Onnx { option, .. } => Some(format!("onnx.{option}")),
            Self::NoFile => Some("onnx".to_owned()),
            _ => None,
        }
    }

    pub(super) fn eps(value: f32) -> Self {
        Self::BatchNorm { option: "bn-eps", value, range: "a positive number such as 1e-5" }
    }

    pub(super) fn momentum(value: f32) -> Self {
        Self::BatchNorm { option: "bn-momentum", value, range: "a number from 0 to 1" }
    }
}
