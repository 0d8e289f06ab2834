use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weights::{mean, shares};
use super::{AlignSpec, FusionError, FusionMethod, RecalibrateOptions, Recipe};
use camlab_nn::Network;

/// Options of `weight-average`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct WeightAverageOptions {
    /// Weight of each member, in order; normalised to sum 1. Empty: equal weights.
    pub weights: Vec<f64>,
    /// Alignment before averaging; needed (not `none`) for independently trained members.
    pub align: AlignSpec,
    /// Recalibrate the batch norm statistics of the average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibrate_bn: Option<RecalibrateOptions>,
    /// Number of points on the straight line between the first two members that are evaluated for a figure, including
    /// both ends: at least 3, or 0 for no figure.
    pub path: usize,
}

impl WeightAverageOptions {
    /// Normalised weight of each member; they sum to 1.
    pub fn shares(&self, members: usize) -> Vec<f64> {
        shares(&self.weights, members)
    }
}

impl FusionMethod for WeightAverageOptions {
    fn recipe(&self) -> Recipe<'_> {
        Recipe::Average(self)
    }

    fn align(&self) -> Option<&AlignSpec> {
        Some(&self.align)
    }

    fn recalibration(&self) -> Option<&RecalibrateOptions> {
        self.recalibrate_bn.as_ref()
    }

    fn needs_images(&self) -> bool {
        self.path > 0
    }

    fn check(&self, members: usize) -> Result<(), FusionError> {
        super::weights::check(&self.weights, members)?;
        self.align.check()?;
        if (1..3).contains(&self.path) {
            let range = "0 (none) or at least 3";
            return Err(FusionError::Option { option: "path", value: self.path as f64, range });
        }
        self.recalibrate_bn.as_ref().map_or(Ok(()), RecalibrateOptions::check)
    }
}

/// Weighted mean of every parameter and buffer of the members; empty `weights` means equal weights.
///
/// # Errors
/// [`FusionError`] if the weights are invalid for the members, there are no members, or architectures differ.
pub fn average(members: &[Network], weights: &[f64]) -> Result<Network, FusionError> {
    super::weights::check(weights, members.len())?;
    let Some(first) = members.first() else { return Err(FusionError::NoMembers) };
    if let Some(member) = members.iter().position(|member| member.specs() != first.specs()) {
        return Err(FusionError::Architecture { member });
    }
    let shares = shares(weights, members.len());
    let means: Vec<Vec<f32>> = (0..first.specs().len())
        .into_par_iter()
        .map(|index| {
            let arrays: Vec<&[f32]> =
                members.iter().map(|member| member.values()[index].as_slice()).collect();
            mean(&arrays, &shares)
        })
        .collect();
    let mut fused = first.clone();
    for (spec, mean) in first.specs().iter().zip(means) {
        fused.set(&spec.name, mean)?;
    }
    Ok(fused)
}
