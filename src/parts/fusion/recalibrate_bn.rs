use serde::{Deserialize, Serialize};

use super::FusionError;

/// Options of `recalibrate-bn`: batch norms' running statistics estimated anew, on training images without
/// augmentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RecalibrateOptions {
    /// Training images looked at, chosen at random; all of them when there are fewer.
    pub images: usize,
    /// Images per batch, each batch counting alike.
    pub batch: usize,
    /// Rescale every channel to the mean and deviation between the members' (REPAIR, Jordan et al. 2022).
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
            // The statistics of a batch of one image may be those of one number.
            if value < 2 {
                return Err(FusionError::Option { option, value: value as f64, range: "at least 2" });
            }
        }
        Ok(())
    }
}
