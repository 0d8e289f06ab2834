use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FusionError;

/// Options of `recalibrate-bn`: re-estimation of the batch norm running statistics on training images without
/// augmentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RecalibrateOptions {
    /// Number of training images, chosen at random; all of them if there are fewer. At least 2.
    pub images: usize,
    /// Images per batch, at least 2; all batches have equal weight.
    pub batch: usize,
    /// Rescale every channel to the interpolated mean and standard deviation of the members (REPAIR, Jordan et al.
    /// 2022).
    pub repair: bool,
}

impl Default for RecalibrateOptions {
    fn default() -> Self {
        Self { images: 1024, batch: 64, repair: false }
    }
}

impl RecalibrateOptions {
    pub(super) fn check(&self) -> Result<(), FusionError> {
        for (option, value) in [("recalibrate-bn.images", self.images), ("recalibrate-bn.batch", self.batch)]
        {
            // On a 1x1 grid, a batch of one image gives one value per channel, which has no variance.
            if value < 2 {
                return Err(FusionError::Option { option, value: value as f64, range: "at least 2" });
            }
        }
        Ok(())
    }
}
