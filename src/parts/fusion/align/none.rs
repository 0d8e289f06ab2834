use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Alignment, Photographs};
use crate::fusion::FusionError;
use camlab_nn::Network;

/// `none` has no options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoAlignment {}

impl Alignment for NoAlignment {
    fn moves(&self) -> bool {
        false
    }

    fn align(
        &self,
        members: &[Network],
        _: &mut dyn Rng,
        _: &Photographs<'_>,
    ) -> Result<Vec<Network>, FusionError> {
        Ok(members.to_vec())
    }
}
