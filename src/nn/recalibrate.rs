//! Batch-norm statistics of networks whose weights were combined rather than trained: their batch norms
//! receive other activations than those of their running statistics.

use std::collections::BTreeMap;

use super::graph::{Graph, NodeId, Op};
use super::network::ChannelMoments;
use super::{Images, Network, NetworkError};
use camlab_kernel::Moments;

/// Re-estimated running statistics: the mean over batches of each batch's statistics, as PyTorch's
/// `BatchNorm2d` with `momentum=None` after `reset_running_stats`.
#[derive(Debug, Default)]
pub struct Recalibration {
    batches: usize,
    /// Sums of the batches' means and (unbiased) variances.
    sums: BTreeMap<NodeId, Vec<[f64; 2]>>,
}

impl Recalibration {
    /// Adds the statistics of a batch.
    ///
    /// # Errors
    /// [`NetworkError`] for images that do not fit the network, or too few for a variance.
    pub fn see(&mut self, network: &Network, images: &Images) -> Result<(), NetworkError> {
        self.see_altered(network, images, &[], |_, _, _| {})
    }

    fn see_altered(
        &mut self,
        network: &Network,
        images: &Images,
        altered: &[NodeId],
        alter: impl FnMut(NodeId, &ChannelMoments, &mut [f32]),
    ) -> Result<(), NetworkError> {
        for (node, statistics) in network.batch_statistics(images, altered, alter)? {
            let found = statistics.mean.iter().zip(&statistics.var_unbiased);
            let sums = self.sums.entry(node).or_insert_with(|| vec![[0.0; 2]; statistics.mean.len()]);
            for (sum, (mean, variance)) in sums.iter_mut().zip(found) {
                *sum = [sum[0] + f64::from(*mean), sum[1] + f64::from(*variance)];
            }
        }
        self.batches += 1;
        Ok(())
    }

    /// Replaces the running statistics by those of the batches added; without any, nothing changes.
    ///
    /// # Errors
    /// [`NetworkError`] for another network than the one evaluated.
    pub fn finish(self, network: &mut Network) -> Result<(), NetworkError> {
        for (node, sums) in self.sums {
            let name = network.graph().node(node).name.clone();
            for (place, suffix) in ["running_mean", "running_var"].into_iter().enumerate() {
                let means = sums.iter().map(|sum| (sum[place] / self.batches as f64) as f32).collect();
                network.set(&format!("{name}.{suffix}"), means)?;
            }
        }
        Ok(())
    }
}

/// REPAIR (Jordan et al. 2022, arXiv 2211.08403, equation 3): rescales every channel of an interpolated
/// network to the mean and the standard deviation interpolated between those of its members.
///
/// The channels are the outputs of batch norms, whose scale and shift are set and whose running statistics
/// are re-estimated, and the outputs of convolutions and hidden linear layers without batch norm, into whose
/// weights and biases the correction is folded. (For a network with batch norms the paper states that new
/// running statistics are enough; the results differ where scales of the members differ in sign, or their
/// statistics are not of these images.)
#[derive(Debug)]
pub struct Repair {
    points: Vec<NodeId>,
    /// Target mean and standard deviation of every channel of every point.
    targets: Vec<Vec<[f64; 2]>>,
    seen: Recalibration,
    /// For the points without batch norm: sums of mean and mean square, weighted by images.
    found: BTreeMap<NodeId, Vec<[f64; 2]>>,
    images: f64,
}

/// Mean and variance of a network's channels over some images, between which REPAIR interpolates.
#[derive(Debug, Clone)]
pub struct ChannelStatistics {
    points: Vec<NodeId>,
    moments: Vec<ChannelMoments>,
}

impl ChannelStatistics {
    /// Computes the statistics of a network over all of `batches`, in evaluation mode.
    ///
    /// # Errors
    /// Errors of the batches, or images that do not fit the network.
    pub fn of<E: From<NetworkError>>(
        network: &Network,
        batches: impl Iterator<Item = Result<Images, E>>,
    ) -> Result<Self, E> {
        let points = points(network.graph());
        let mut sums: Vec<Vec<[f64; 2]>> = vec![Vec::new(); points.len()];
        let mut images = 0.0;
        for batch in batches {
            let batch = batch?;
            images += batch.count as f64;
            for (sums, moments) in sums.iter_mut().zip(network.moments(&batch, &points)?) {
                add(sums, &moments, batch.count as f64);
            }
        }
        let moments = |sums: Vec<[f64; 2]>| sums.into_iter().map(|sum| moments_of(sum, images)).collect();
        Ok(Self { moments: sums.into_iter().map(moments).collect(), points })
    }
}

impl Repair {
    /// A repair to the interpolated statistics of networks of one graph, each with its share.
    pub fn between<'a>(members: impl IntoIterator<Item = (&'a ChannelStatistics, f64)>) -> Self {
        let (mut points, mut targets): (Vec<NodeId>, Vec<Vec<[f64; 2]>>) = (Vec::new(), Vec::new());
        for (member, share) in members {
            points.clone_from(&member.points);
            targets.resize(points.len(), Vec::new());
            for (target, moments) in targets.iter_mut().zip(&member.moments) {
                target.resize(moments.len(), [0.0; 2]);
                for (target, Moments { mean, var }) in target.iter_mut().zip(moments) {
                    *target = [target[0] + share * mean, target[1] + share * var.sqrt()];
                }
            }
        }
        Self { points, targets, seen: Recalibration::default(), found: BTreeMap::new(), images: 0.0 }
    }

    /// Sets the batch norms' scale and shift to the target; then add batches with [`Repair::see`].
    ///
    /// # Errors
    /// A network of another graph.
    pub fn begin(&self, network: &mut Network) -> Result<(), NetworkError> {
        for (point, target) in self.points.iter().zip(&self.targets) {
            if !is_norm(network.graph(), *point) {
                continue;
            }
            let name = network.graph().node(*point).name.clone();
            let sign = |scale: &f32| if *scale < 0.0 { -1.0 } else { 1.0 };
            let old =
                network.get(&format!("{name}.weight")).map(|scales| scales.to_vec()).unwrap_or_default();
            let scales = old.iter().zip(target).map(|(scale, target)| (sign(scale) * target[1]) as f32);
            network.set(&format!("{name}.weight"), scales.collect())?;
            network.set(&format!("{name}.bias"), target.iter().map(|target| target[0] as f32).collect())?;
        }
        Ok(())
    }

    /// Adds the statistics of a batch in the interpolated network.
    ///
    /// # Errors
    /// [`NetworkError`] for images that do not fit the network.
    pub fn see(&mut self, network: &Network, images: &Images) -> Result<(), NetworkError> {
        let bare: Vec<NodeId> =
            self.points.iter().copied().filter(|point| !is_norm(network.graph(), *point)).collect();
        let count = images.count as f64;
        self.images += count;
        let (points, targets, found) = (&self.points, &self.targets, &mut self.found);
        self.seen.see_altered(network, images, &bare, |node, moments, values| {
            add(found.entry(node).or_default(), moments, count);
            let Some(place) = points.iter().position(|point| *point == node) else { return };
            let corrections: Vec<[f32; 2]> = moments
                .iter()
                .zip(&targets[place])
                .map(|(found, target)| correction(*found, *target))
                .collect();
            for pixel in values.chunks_exact_mut(corrections.len().max(1)) {
                for (value, [factor, shift]) in pixel.iter_mut().zip(&corrections) {
                    *value = *factor * *value + *shift;
                }
            }
        })
    }

    /// Folds the corrections into the network.
    ///
    /// # Errors
    /// A network of another graph.
    pub fn finish(self, network: &mut Network) -> Result<(), NetworkError> {
        self.seen.finish(network)?;
        for (node, sums) in self.found {
            let Some(place) = self.points.iter().position(|point| *point == node) else { continue };
            let found = sums.into_iter().map(|sum| moments_of(sum, self.images));
            let corrections: Vec<[f32; 2]> =
                found.zip(&self.targets[place]).map(|(found, target)| correction(found, *target)).collect();
            let name = network.graph().node(node).name.clone();
            let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
            if let (Some(weights), Some(biases)) =
                (network.get(&weight).cloned(), network.get(&bias).cloned())
            {
                let filter = weights.len() / corrections.len().max(1);
                let scaled = weights
                    .chunks_exact(filter.max(1))
                    .zip(&corrections)
                    .flat_map(|(weights, [factor, _])| weights.iter().map(move |weight| factor * weight));
                network.set(&weight, scaled.collect())?;
                let moved =
                    biases.iter().zip(&corrections).map(|(bias, [factor, shift])| factor * bias + shift);
                network.set(&bias, moved.collect())?;
            }
        }
        Ok(())
    }
}

/// Batch norms, and convolutions and hidden linear layers with a bias that no batch norm follows.
fn points(graph: &Graph) -> Vec<NodeId> {
    let readers = graph.consumers();
    // Class scores are not features, whether a linear layer computes them or a convolution before the
    // pooling.
    let ends = [Some(graph.output()), graph.head_node()];
    let bare = |id: &NodeId| {
        let biased = matches!(graph.node(*id).op, Op::Conv { bias: true, .. } | Op::Linear { .. });
        biased && !ends.contains(&Some(*id)) && !readers[id.0].iter().any(|reader| is_norm(graph, *reader))
    };
    graph.ids().filter(|id| is_norm(graph, *id) || bare(id)).collect()
}

fn is_norm(graph: &Graph, id: NodeId) -> bool {
    matches!(graph.node(id).op, Op::BatchNorm { .. })
}

fn add(sums: &mut Vec<[f64; 2]>, moments: &ChannelMoments, weight: f64) {
    sums.resize(moments.len(), [0.0; 2]);
    for (sum, Moments { mean, var }) in sums.iter_mut().zip(moments) {
        *sum = [sum[0] + weight * mean, sum[1] + weight * (var + mean * mean)];
    }
}

fn moments_of([mean, square]: [f64; 2], weight: f64) -> Moments {
    let (mean, square) = (mean / weight, square / weight);
    Moments { mean, var: (square - mean * mean).max(0.0) }
}

/// Factor and shift that bring a channel to its target; a constant channel is only shifted.
fn correction(found: Moments, [mean, deviation]: [f64; 2]) -> [f32; 2] {
    let factor = if found.var > 0.0 { deviation / found.var.sqrt() } else { 1.0 };
    [factor as f32, (mean - factor * found.mean) as f32]
}
