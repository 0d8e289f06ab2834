use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Alignment, Photographs, to_first, zero};
use crate::fusion::FusionError;
use camlab_nn::Network;
use camlab_nn::align::match_activations;

/// Options of `activation-matching`: every member is aligned to the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ActivationMatchingOptions {
    /// Number of training images, chosen at random; all of them if there are fewer.
    pub images: usize,
    /// Batch size of the forward passes; affects memory only.
    pub batch: usize,
}

impl Default for ActivationMatchingOptions {
    fn default() -> Self {
        Self { images: 512, batch: 32 }
    }
}

impl Alignment for ActivationMatchingOptions {
    fn needs_images(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), FusionError> {
        match self {
            Self { images: 0, .. } => Err(zero("align.activation-matching.images")),
            Self { batch: 0, .. } => Err(zero("align.activation-matching.batch")),
            _ => Ok(()),
        }
    }

    fn align(
        &self,
        members: &[Network],
        _: &mut dyn Rng,
        photographs: &Photographs<'_>,
    ) -> Result<Vec<Network>, FusionError> {
        to_first(members, |symmetry, first, other| {
            let images = photographs(self.images, self.batch).map_err(FusionError::Data)?;
            let images = images.map(|images| images.map_err(FusionError::Data));
            match_activations(symmetry, first, other, images)
        })
    }
}
