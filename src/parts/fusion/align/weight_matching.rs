use rand::Rng;
use rand::seq::SliceRandom as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Alignment, Photographs, to_first, zero};
use crate::fusion::{FusionError, average};
use camlab_nn::Network;
use camlab_nn::align::{Permutation, Symmetry, match_weights};

/// Options of `weight-matching`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct WeightMatchingOptions {
    /// Maximum number of passes over all channel groups; stops earlier once a pass improves nothing.
    pub iterations: usize,
    /// Alignment target of more than two members: `first` or `merge-many`.
    pub many: Many,
}

impl Default for WeightMatchingOptions {
    fn default() -> Self {
        Self { iterations: 100, many: Many::First }
    }
}

/// Alignment target of several members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Many {
    /// Each member is aligned to the first.
    #[default]
    First,
    /// Each member is aligned to the mean of the others, repeatedly until no permutation changes (algorithm 3 of
    /// Ainsworth et al. 2022).
    MergeMany,
}

impl Alignment for WeightMatchingOptions {
    fn check(&self) -> Result<(), FusionError> {
        match self.iterations {
            0 => Err(zero("align.weight-matching.iterations")),
            _ => Ok(()),
        }
    }

    fn align(
        &self,
        members: &[Network],
        mut rng: &mut dyn Rng,
        _: &Photographs<'_>,
    ) -> Result<Vec<Network>, FusionError> {
        match self.many {
            Many::First => to_first(members, |symmetry, first, other| {
                Ok(match_weights(symmetry, first, other, self.iterations, &mut rng)?.permutation)
            }),
            Many::MergeMany => merge_many(members, self.iterations, rng),
        }
    }
}

/// MergeMany, algorithm 3 of Ainsworth et al. 2022.
fn merge_many(
    members: &[Network],
    iterations: usize,
    mut rng: &mut dyn Rng,
) -> Result<Vec<Network>, FusionError> {
    let Some(first) = members.first() else { return Ok(Vec::new()) };
    let symmetry = Symmetry::of(first.graph());
    let mut aligned = members.to_vec();
    for _ in 0..iterations {
        let mut order: Vec<usize> = (0..aligned.len()).collect();
        order.shuffle(&mut rng);
        let mut moved = false;
        for index in order {
            let others: Vec<Network> = aligned
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, network)| network.clone())
                .collect();
            let mean = average(&others, &[])?;
            let found = match_weights(&symmetry, &mean, &aligned[index], iterations, &mut rng)?;
            if found.permutation != Permutation::identity(&symmetry) {
                aligned[index] = found.permutation.apply(&symmetry, &aligned[index])?;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    Ok(aligned)
}
