use rand::Rng;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::{FusionError, average};
use crate::nn::Network;
use crate::nn::align::{Permutation, Symmetry, cosine, match_weights};
use crate::registry::registry;

registry! {
    /// How members are brought together before their weights are averaged.
    pub enum AlignSpec as "alignment" {
        "none" => None(NoAlignment), "members as they are";
        "weight-matching" => WeightMatching(WeightMatchingOptions), "channels permuted to match weights (Git Re-Basin, Ainsworth et al. 2022)";
    }
}

impl Default for AlignSpec {
    fn default() -> Self {
        Self::None(NoAlignment {})
    }
}

/// `none` has no options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoAlignment {}

/// Options of `weight-matching`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct WeightMatchingOptions {
    /// Most rounds over all groups of channels; it ends by itself when a round improves nothing.
    pub iterations: usize,
    /// What more than two members are brought to: `first` or `merge-many`.
    pub many: Many,
}

impl Default for WeightMatchingOptions {
    fn default() -> Self {
        Self { iterations: 100, many: Many::First }
    }
}

/// What several members are brought to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Many {
    /// Each to the first.
    #[default]
    First,
    /// Each to the mean of the others, again and again until none moves (algorithm 3 of the paper).
    MergeMany,
}

impl AlignSpec {
    /// Whether members move at all.
    pub fn moves(&self) -> bool {
        matches!(self, Self::WeightMatching(_))
    }

    /// Checks what the types leave open.
    ///
    /// # Errors
    /// [`FusionError`] naming the option.
    pub fn check(&self) -> Result<(), FusionError> {
        match self {
            Self::WeightMatching(options) if options.iterations == 0 => Err(FusionError::Option {
                option: "align.weight-matching.iterations",
                value: 0.0,
                range: "at least 1",
            }),
            _ => Ok(()),
        }
    }

    /// The members brought together: the first as it is (under `first`), the function of each unchanged.
    ///
    /// # Errors
    /// [`FusionError`] for members of different architectures, or weights that are no numbers.
    pub fn align(&self, members: &[Network], rng: &mut impl Rng) -> Result<Vec<Network>, FusionError> {
        let (Self::WeightMatching(options), Some(first)) = (self, members.first()) else {
            return Ok(members.to_vec());
        };
        let symmetry = Symmetry::of(first.graph());
        match options.many {
            Many::First => {
                let mut aligned = vec![first.clone()];
                for other in &members[1..] {
                    let found = match_weights(&symmetry, first, other, options.iterations, rng)?;
                    aligned.push(found.permutation.apply(&symmetry, other)?);
                }
                Ok(aligned)
            }
            Many::MergeMany => merge_many(&symmetry, members, options.iterations, rng),
        }
    }
}

/// Algorithm 3 of Ainsworth et al. 2022.
fn merge_many(
    symmetry: &Symmetry,
    members: &[Network],
    iterations: usize,
    rng: &mut impl Rng,
) -> Result<Vec<Network>, FusionError> {
    let mut aligned = members.to_vec();
    for _ in 0..iterations {
        let mut order: Vec<usize> = (0..aligned.len()).collect();
        order.shuffle(rng);
        let mut moved = false;
        for index in order {
            let others: Vec<Network> = aligned
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, network)| network.clone())
                .collect();
            let mean = average(&others, &[])?;
            let found = match_weights(symmetry, &mean, &aligned[index], iterations, rng)?;
            if found.permutation != Permutation::identity(symmetry) {
                aligned[index] = found.permutation.apply(symmetry, &aligned[index])?;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    Ok(aligned)
}

/// The mean cosine between the weights of every two members; `None` for fewer than two.
pub fn likeness(members: &[Network]) -> Option<f64> {
    let symmetry = Symmetry::of(members.first()?.graph());
    let mut cosines = Vec::new();
    for (index, a) in members.iter().enumerate() {
        cosines.extend(members[..index].iter().map(|b| cosine(&symmetry, a, b)));
    }
    (!cosines.is_empty()).then(|| cosines.iter().sum::<f64>() / cosines.len() as f64)
}
