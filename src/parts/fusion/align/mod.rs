//! Alignment of networks by permutations of their channels, before their weights are averaged.

mod activation_matching;
mod none;
mod weight_matching;

use rand::Rng;

use super::FusionError;
use camlab_base::registry;
use camlab_nn::align::{Permutation, Symmetry, cosine};
use camlab_nn::train::DataError;
use camlab_nn::{Images, Network};

pub use activation_matching::ActivationMatchingOptions;
pub use none::NoAlignment;
pub use weight_matching::{Many, WeightMatchingOptions};

registry! {
    /// Permutation alignment of the members before their weights are averaged.
    pub enum AlignSpec as "alignment" {
        "none" => None(NoAlignment), "members are averaged without alignment";
        "activation-matching" => ActivationMatching(ActivationMatchingOptions), "channels permuted to maximise the correlation of activations on training images (Li et al. 2015; Git Re-Basin, section 3.1)";
        "weight-matching" => WeightMatching(WeightMatchingOptions), "channels permuted to maximise the similarity of weights (Git Re-Basin, Ainsworth et al. 2022)";
    }
    /// The implementation of this alignment.
    fn implementation -> Alignment;
}

impl Default for AlignSpec {
    fn default() -> Self {
        Self::None(NoAlignment {})
    }
}

/// Provider of training images: called with (number of images, batch size), it returns the batches.
pub type Photographs<'a> =
    dyn Fn(usize, usize) -> Result<Box<dyn Iterator<Item = Result<Images, DataError>>>, DataError> + 'a;

/// An alignment: what one row of the registry does.
pub trait Alignment {
    /// `false` if the members stay as they are.
    fn moves(&self) -> bool {
        true
    }

    /// `true` if the method needs training images.
    fn needs_images(&self) -> bool {
        false
    }

    /// Checks the ranges of the options.
    ///
    /// # Errors
    /// [`FusionError::Option`] naming the option.
    fn check(&self) -> Result<(), FusionError> {
        Ok(())
    }

    /// Returns the aligned members; each computes the same function as before.
    ///
    /// # Errors
    /// [`FusionError`] if architectures differ, weights are not finite, or training images cannot be loaded.
    fn align(
        &self,
        members: &[Network],
        rng: &mut dyn Rng,
        photographs: &Photographs<'_>,
    ) -> Result<Vec<Network>, FusionError>;
}

impl AlignSpec {
    /// True for every method except `none`.
    pub fn moves(&self) -> bool {
        self.implementation().moves()
    }

    /// `true` if the method needs training images.
    pub fn needs_images(&self) -> bool {
        self.implementation().needs_images()
    }

    /// Checks the ranges of the options.
    ///
    /// # Errors
    /// [`FusionError::Option`] naming the option.
    pub fn check(&self) -> Result<(), FusionError> {
        self.implementation().check()
    }

    /// Returns the aligned members; each computes the same function as before. The first is unchanged, except under
    /// `merge-many`.
    ///
    /// # Errors
    /// [`FusionError`] if architectures differ, weights are not finite, or training images cannot be loaded.
    pub fn align(
        &self,
        members: &[Network],
        rng: &mut dyn Rng,
        photographs: &Photographs<'_>,
    ) -> Result<Vec<Network>, FusionError> {
        self.implementation().align(members, rng, photographs)
    }
}

/// Returns the members with every one but the first permuted. `find` returns the permutation that aligns a member,
/// its third argument, to the first, its second.
fn to_first(
    members: &[Network],
    mut find: impl FnMut(&Symmetry, &Network, &Network) -> Result<Permutation, FusionError>,
) -> Result<Vec<Network>, FusionError> {
    let Some((first, others)) = members.split_first() else { return Ok(Vec::new()) };
    let symmetry = Symmetry::of(first.graph());
    let mut aligned = vec![first.clone()];
    for other in others {
        aligned.push(find(&symmetry, first, other)?.apply(&symmetry, other)?);
    }
    Ok(aligned)
}

/// The error of an option that must be at least 1 and is 0.
fn zero(option: &'static str) -> FusionError {
    FusionError::Option { option, value: 0.0, range: "at least 1" }
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
