use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rule for fusing the maps of several layers, each first upsampled to the input's size, into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// The mean (pytorch-grad-cam).
    Mean,
    /// The pixel-wise maximum (torchcam's `fuse_cams`).
    Max,
    /// The pixel-wise product (RefineCAM).
    Product,
}
