use super::assignment::assign;
use super::similarity::products;
use super::{AlignError, Permutation, Symmetry};
use crate::graph::{Graph, NodeId, Op};
use crate::network::Activation;
use crate::{Images, Network};

/// Correlation of two networks' units over the same images.
struct Correlation {
    /// Sums of products, `[reference, other]`.
    both: Vec<f64>,
    /// Sum and sum of squares of every unit of the reference, then of the other.
    own: [Vec<[f64; 2]>; 2],
    pixels: f64,
}

/// Activation matching (Ainsworth et al. 2022, section 3.1; Li et al. 2015): the permutation of `other`'s
/// channels whose activations correlate most with `reference`'s on the same images, in evaluation mode.
///
/// Every group is one linear assignment over the sum of its correlation matrices, one at the output of each
/// ReLU with its units (or at every activation with them if there is no ReLU). The result does not depend on
/// the scale of weights, which batch norms leave undetermined.
///
/// # Errors
/// Errors of the batches; [`AlignError`] for networks of different architectures, or activations that are not
/// finite.
pub fn match_activations<E: From<AlignError>>(
    symmetry: &Symmetry,
    reference: &Network,
    other: &Network,
    batches: impl Iterator<Item = Result<Images, E>>,
) -> Result<Permutation, E> {
    if reference.specs() != other.specs() {
        return Err(AlignError::Architecture.into());
    }
    let places = places(symmetry, reference.graph());
    let mut taps: Vec<NodeId> = places.iter().flatten().map(|(node, _)| *node).collect();
    taps.sort();
    taps.dedup();
    let mut found: Vec<Vec<Correlation>> = places
        .iter()
        .zip(&symmetry.groups)
        .map(|(places, size)| places.iter().map(|_| Correlation::new(*size)).collect())
        .collect();
    for images in batches {
        let images = images?;
        let see = |network: &Network| network.infer(&images, &taps).map_err(AlignError::from);
        let (ours, theirs) = (see(reference)?, see(other)?);
        for (places, found) in places.iter().zip(&mut found) {
            for ((node, channels), correlation) in places.iter().zip(found) {
                let tap = taps.binary_search(node).unwrap_or(0);
                correlation.add(&ours.taps[tap], &theirs.taps[tap], channels)?;
            }
        }
    }
    let permute = |(correlations, size): (Vec<Correlation>, &usize)| {
        let mut scores = vec![0.0; size * size];
        for correlation in correlations {
            correlation.into_scores(&mut scores);
        }
        assign(&scores, *size)
    };
    let groups: Result<Vec<Vec<usize>>, AlignError> =
        found.into_iter().zip(&symmetry.groups).map(permute).collect();
    Ok(Permutation(groups?))
}

/// For every group, the activations to compare, and the channel of every unit there.
fn places(symmetry: &Symmetry, graph: &Graph) -> Vec<Vec<(NodeId, Vec<usize>)>> {
    let behind_relu = |places: &Vec<(NodeId, Vec<usize>)>| -> Vec<(NodeId, Vec<usize>)> {
        let relus = places.iter().filter(|(node, _)| graph.node(*node).op == Op::Relu);
        relus.cloned().collect()
    };
    let chosen = |places: &Vec<(NodeId, Vec<usize>)>| match behind_relu(places) {
        relus if relus.is_empty() => places.clone(),
        relus => relus,
    };
    symmetry.places.iter().map(chosen).collect()
}

impl Correlation {
    fn new(size: usize) -> Self {
        let own = || vec![[0.0; 2]; size];
        Self { both: vec![0.0; size * size], own: [own(), own()], pixels: 0.0 }
    }

    fn add(&mut self, ours: &Activation, theirs: &Activation, channels: &[usize]) -> Result<(), AlignError> {
        let (a, b) = (rows(ours, channels), rows(theirs, channels));
        let pixels = ours.images * ours.height * ours.width;
        for (sum, product) in self.both.iter_mut().zip(products(&a, &b, channels.len())?) {
            *sum += f64::from(product);
        }
        for (own, rows) in self.own.iter_mut().zip([&a, &b]) {
            for (own, row) in own.iter_mut().zip(rows.chunks_exact(pixels.max(1))) {
                let sum: f64 = row.iter().map(|value| f64::from(*value)).sum();
                let squares: f64 = row.iter().map(|value| f64::from(*value).powi(2)).sum();
                *own = [own[0] + sum, own[1] + squares];
            }
        }
        self.pixels += pixels as f64;
        Ok(())
    }

    /// Adds the correlation coefficients; a unit that is constant has correlation 0 with all others.
    fn into_scores(self, scores: &mut [f64]) {
        let n = self.pixels.max(1.0);
        let deviation = |[sum, squares]: [f64; 2]| (squares / n - (sum / n).powi(2)).max(0.0).sqrt();
        let size = self.own[0].len();
        for (row, ours) in self.own[0].iter().enumerate() {
            for (column, theirs) in self.own[1].iter().enumerate() {
                let covariance = self.both[row * size + column] / n - ours[0] / n * (theirs[0] / n);
                let scale = deviation(*ours) * deviation(*theirs);
                if scale > 0.0 {
                    scores[row * size + column] += covariance / scale;
                }
            }
        }
    }
}

/// Selected channels of an activation, each over all images and pixels: `[channels, pixels]`.
fn rows(activation: &Activation, channels: &[usize]) -> Vec<f32> {
    let pixels = activation.images * activation.height * activation.width;
    let mut rows = Vec::with_capacity(channels.len() * pixels);
    for channel in channels {
        rows.extend(activation.data.iter().skip(*channel).step_by(activation.channels));
    }
    rows
}
