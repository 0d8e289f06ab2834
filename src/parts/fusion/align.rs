use rand::Rng;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::{FusionError, average};
use camlab_base::registry;
use camlab_nn::align::{Permutation, Symmetry, cosine, match_activations, match_weights};
use camlab_nn::train::DataError;
use camlab_nn::{Images, Network};

registry! {
    /// Permutation alignment of the members before their weights are averaged.
    pub enum AlignSpec as "alignment" {
        "none" => None(NoAlignment), "members are averaged without alignment";
        "activation-matching" => ActivationMatching(ActivationMatchingOptions), "channels permuted to maximise the correlation of activations on training images (Li et al. 2015; Git Re-Basin, section 3.1)";
        "weight-matching" => WeightMatching(WeightMatchingOptions), "channels permuted to maximise the similarity of weights (Git Re-Basin, Ainsworth et al. 2022)";
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

/// Options of `activation-matching`: every member is aligned to the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// Provider of training images: called with (number of images, batch size), it returns the batches.
pub type Photographs<'a> =
    dyn Fn(usize, usize) -> Result<Box<dyn Iterator<Item = Result<Images, DataError>>>, DataError> + 'a;

/// Options of `weight-matching`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Many {
    /// Each member is aligned to the first.
    #[default]
    First,
    /// Each member is aligned to the mean of the others, repeatedly until no permutation changes (algorithm 3 of
    /// Ainsworth et al. 2022).
    MergeMany,
}

impl AlignSpec {
    /// True for every method except `none`.
    pub fn moves(&self) -> bool {
        !matches!(self, Self::None(_))
    }

    /// `true` if the method needs training images.
    pub fn looks(&self) -> bool {
        matches!(self, Self::ActivationMatching(_))
    }

    /// Checks the ranges of the options.
    ///
    /// # Errors
    /// [`FusionError::Option`] naming the option.
    pub fn check(&self) -> Result<(), FusionError> {
        let option = match self {
            Self::WeightMatching(options) if options.iterations == 0 => "align.weight-matching.iterations",
            Self::ActivationMatching(options) if options.images == 0 => "align.activation-matching.images",
            Self::ActivationMatching(options) if options.batch == 0 => "align.activation-matching.batch",
            _ => return Ok(()),
        };
        Err(FusionError::Option { option, value: 0.0, range: "at least 1" })
    }

    /// Returns the aligned members; each computes the same function as before. The first is unchanged, except under
    /// `merge-many`.
    ///
    /// # Errors
    /// [`FusionError`] if architectures differ, weights are not finite, or training images cannot be loaded.
    pub fn align(
        &self,
        members: &[Network],
        rng: &mut impl Rng,
        photographs: &Photographs<'_>,
    ) -> Result<Vec<Network>, FusionError> {
        let Some((first, others)) = members.split_first() else { return Ok(Vec::new()) };
        let symmetry = Symmetry::of(first.graph());
        type Find<'f> = dyn FnMut(&Network) -> Result<Permutation, FusionError> + 'f;
        let each = |find: &mut Find<'_>| -> Result<Vec<Network>, FusionError> {
            let mut aligned = vec![first.clone()];
            for other in others {
                aligned.push(find(other)?.apply(&symmetry, other)?);
            }
            Ok(aligned)
        };
        match self {
            Self::None(_) => Ok(members.to_vec()),
            Self::WeightMatching(options) if options.many == Many::MergeMany => {
                merge_many(&symmetry, members, options.iterations, rng)
            }
            Self::WeightMatching(options) => each(&mut |other| {
                Ok(match_weights(&symmetry, first, other, options.iterations, rng)?.permutation)
            }),
            Self::ActivationMatching(options) => each(&mut |other| {
                let images = photographs(options.images, options.batch).map_err(FusionError::Data)?;
                let images = images.map(|images| images.map_err(FusionError::Data));
                match_activations(&symmetry, first, other, images)
            }),
        }
    }
}

/// MergeMany, algorithm 3 of Ainsworth et al. 2022.
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

/// Mean cosine similarity between the weights of all pairs of members; `None` for fewer than two.
pub fn likeness(members: &[Network]) -> Option<f64> {
    let symmetry = Symmetry::of(members.first()?.graph());
    let mut cosines = Vec::new();
    for (index, a) in members.iter().enumerate() {
        cosines.extend(members[..index].iter().map(|b| cosine(&symmetry, a, b)));
    }
    (!cosines.is_empty()).then(|| cosines.iter().sum::<f64>() / cosines.len() as f64)
}
