use rand::Rng;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::assignment::assign;
use super::similarity::products;
use super::{Permutation, Symmetry, UnitAxis};
use crate::{Network, NetworkError};
use camlab_kernel::KernelError;

/// Why networks could not be aligned.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// Networks whose parameters differ in name or shape.
    #[error("networks of different architectures have no permutation in common")]
    Architecture,
    /// Weights that are no numbers.
    #[error("some weights are no finite numbers; a network that diverged cannot be aligned")]
    NotFinite,
    /// The kernels refused a product: a bug of ours.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The network did not take a value: a bug of ours.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What weight matching found.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// Brings the other network to the reference.
    pub permutation: Permutation,
    /// Rounds over all groups, the last of which changed nothing unless it was the last allowed.
    pub rounds: usize,
}

/// Weight matching (Ainsworth et al. 2022, arXiv 2209.04836, algorithm 1): the permutation of `other`'s channels under
/// which the inner product of its weights with `reference`'s is (locally) largest, which is where their distance is
/// least.
///
/// Coordinate descent: groups in an order drawn anew every round, each the exact solution of a linear assignment with
/// all other groups held; until a round improves nothing, at most `iterations` rounds. Buffers follow, and do not
/// count. A group whose units lie along both axes of one weight is matched as in the authors' code, the other axis as
/// it is by now.
///
/// # Errors
/// [`AlignError`] for networks of two architectures or weights that are no numbers.
pub fn match_weights(
    symmetry: &Symmetry,
    reference: &Network,
    other: &Network,
    iterations: usize,
    rng: &mut impl Rng,
) -> Result<Matching, AlignError> {
    if reference.specs() != other.specs() {
        return Err(AlignError::Architecture);
    }
    let mut permutation = Permutation::identity(symmetry);
    let mut rounds = 0;
    while rounds < iterations {
        rounds += 1;
        let mut order: Vec<usize> = (0..symmetry.groups.len()).collect();
        order.shuffle(rng);
        let mut improved = false;
        for group in order {
            let size = symmetry.groups[group];
            let scores = scores(symmetry, reference, other, &permutation, group)?;
            let sum = |units: &[usize]| -> f64 {
                units.iter().enumerate().map(|(place, unit)| scores[place * size + unit]).sum()
            };
            let best = assign(&scores, size)?;
            let (old, new) = (sum(&permutation.0[group]), sum(&best));
            if new > old + 1e-9 * old.abs().max(new.abs()) {
                permutation.0[group] = best;
                improved = true;
            }
        }
        if !improved {
            break;
        }
    }
    Ok(Matching { permutation, rounds })
}

/// What unit `j` of `other` at place `i` of the group would add to the inner product, `[i, j]`, all other groups being
/// where they are.
fn scores(
    symmetry: &Symmetry,
    reference: &Network,
    other: &Network,
    permutation: &Permutation,
    group: usize,
) -> Result<Vec<f64>, AlignError> {
    let size = symmetry.groups[group];
    let mut sum = vec![0.0f64; size * size];
    for axis in &symmetry.axes {
        let Some(part) = axis.parts.iter().find(|part| part.group == group) else { continue };
        let spec = &reference.specs()[axis.parameter];
        if spec.kind.is_buffer() {
            continue;
        }
        let moved = permutation.parameter(symmetry, other, axis.parameter, Some(axis));
        let theirs = moved.as_deref().unwrap_or(&other.values()[axis.parameter]);
        let ours = &reference.values()[axis.parameter];
        let a = slices(axis, &part.channels, &spec.shape, ours);
        let b = slices(axis, &part.channels, &spec.shape, theirs);
        let products = products(&a, &b, size)?;
        sum.par_iter_mut().zip(products).with_min_len(1 << 14).for_each(|(sum, p)| *sum += f64::from(p));
    }
    Ok(sum)
}

/// The part of a parameter that belongs to each channel, one after another: `[channels, the rest]`.
fn slices(axis: &UnitAxis, channels: &[usize], shape: &[usize], values: &[f32]) -> Vec<f32> {
    let outer: usize = shape[..axis.dimension].iter().product();
    let inner: usize = shape[axis.dimension + 1..].iter().product();
    let length = shape[axis.dimension];
    let block = axis.repeat * inner;
    let mut all = vec![0.0; channels.len() * outer * block];
    all.par_chunks_exact_mut((outer * block).max(1)).zip(channels).for_each(|(slice, channel)| {
        for (place, to) in slice.chunks_exact_mut(block).enumerate() {
            let start = (place * length + channel * axis.repeat) * inner;
            to.copy_from_slice(&values[start..start + block]);
        }
    });
    all
}
