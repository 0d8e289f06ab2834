use serde::{Deserialize, Serialize};

/// How maps of several layers become one, each at the input's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// The mean, as pytorch-grad-cam does.
    Mean,
    /// The pixel-wise maximum, as torchcam's `fuse_cams` does.
    Max,
    /// The product, as RefineCAM does.
    Product,
}
