use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::assignment::assign;
use super::similarity::products;
use super::{Permutation, Symmetry, UnitAxis};
use crate::{Network, NetworkError};
use camlab_kernel::KernelError;

/// Errors of aligning networks.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// Networks whose parameters differ in name or shape.
    #[error("networks of different architectures cannot be aligned")]
    Architecture,
    /// Weights or activations that are not finite.
    #[error(
        "some parameters or activations are not finite, so the networks cannot be aligned; remove the diverged \
         network from `members`"
    )]
    NotFinite,
    /// A kernel rejected a product: an internal error.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The network rejected a value: an internal error.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Result of weight matching.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// Permutation that brings the other network to the reference.
    pub permutation: Permutation,
    /// Rounds over all groups; the last one changed nothing, unless the limit was reached.
    pub rounds: usize,
}

/// Weight matching (Ainsworth et al. 2022, arXiv 2209.04836, algorithm 1): the permutation of `other`'s
/// channels under which the inner product of its weights with `reference`'s is (locally) largest, and so
/// their distance least.
///
/// Coordinate descent: every round visits the groups in a new random order; each group is the exact solution
/// of a linear assignment with all other groups held fixed. It ends when a round improves nothing, or after
/// `iterations` rounds. Buffers are permuted too, but do not count. A group whose units lie along both axes
/// of one weight is matched as in the authors' code, with the other axis as permuted so far.
///
/// # Errors
/// [`AlignError`] for networks of different architectures, or weights that are not finite.
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
    let neighbours = neighbours(symmetry);
    // Groups whose scores may differ from those when they were matched last: the others would be matched as they are.
    let mut stale = vec![true; symmetry.groups.len()];
    let mut rounds = 0;
    while rounds < iterations {
        rounds += 1;
        let mut order: Vec<usize> = (0..symmetry.groups.len()).collect();
        order.shuffle(rng);
        let mut improved = false;
        for group in order {
            if !std::mem::take(&mut stale[group]) {
                continue;
            }
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
                neighbours[group].iter().for_each(|other| stale[*other] = true);
            }
        }
        if !improved {
            break;
        }
    }
    Ok(Matching { permutation, rounds })
}

/// For each group the groups, possibly itself, whose scores depend on its permutation: those along another axis of a
/// parameter that it permutes.
fn neighbours(symmetry: &Symmetry) -> Vec<BTreeSet<usize>> {
    let mut of_parameters: BTreeMap<usize, Vec<&UnitAxis>> = BTreeMap::new();
    for axis in &symmetry.axes {
        of_parameters.entry(axis.parameter).or_default().push(axis);
    }
    let mut neighbours = vec![BTreeSet::new(); symmetry.groups.len()];
    for axes in of_parameters.values() {
        for (place, axis) in axes.iter().enumerate() {
            let others = axes.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, axis)| *axis);
            let others: BTreeSet<usize> =
                others.flat_map(|axis| &axis.parts).map(|part| part.group).collect();
            for part in &axis.parts {
                neighbours[part.group].extend(&others);
            }
        }
    }
    neighbours
}

/// Contribution `[i, j]` to the inner product of unit `j` of `other` at place `i` of the group, with all
/// other groups held fixed.
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

/// The slice of a parameter that belongs to each channel, one after another: `[channels, the rest]`.
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
