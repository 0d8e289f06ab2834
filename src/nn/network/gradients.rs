use dfdx::prelude::{Backward, Cpu, SumTo, TryMul};
use dfdx::tensor::TensorFromVec;

use super::pass::TapeWalk;
use super::{Activation, Images, Network, NetworkError, NormStatistics};
use crate::graph::NodeId;
use crate::ops::ReluRule;
use crate::{Value, take_gradient};

/// Result of a forward and a backward pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// Class scores, `[n, classes]` row-major, before any softmax.
    pub logits: Vec<f32>,
    /// The requested activations, in the order of the request.
    pub taps: Vec<Activation>,
    /// The gradient of each image's target score with respect to its own activations, in the same order.
    pub gradients: Vec<Activation>,
}

impl Network {
    /// One forward pass in evaluation mode, then d `logits[i][target_i]` / d activation at every tap.
    ///
    /// `targets` receives the logits and returns one class per image, so it may choose the predicted class.
    /// Nothing is recorded before the earliest tap: the backward pass goes no further back than it must.
    ///
    /// # Errors
    /// [`NetworkError`] for images or targets that do not fit the graph.
    pub fn forward_with_gradients(
        &self,
        images: &Images,
        taps: &[NodeId],
        targets: impl FnOnce(&[f32]) -> Vec<usize>,
    ) -> Result<Attribution, NetworkError> {
        let classes = self.graph().classes().unwrap_or(0);
        self.forward_with_gradients_of(images, taps, |logits| {
            let targets = targets(logits);
            if targets.len() != images.count || targets.iter().any(|target| *target >= classes) {
                return Err(NetworkError::Targets { targets, images: images.count, classes });
            }
            let mut weights = vec![0.0; logits.len()];
            targets.iter().enumerate().for_each(|(image, target)| weights[image * classes + target] = 1.0);
            Ok(weights)
        })
    }

    /// Like [`Network::forward_with_gradients`], for a weighted sum of class scores: `weights` receives the
    /// logits and returns one factor per logit (Finer-CAM's difference of a class and its most similar ones
    /// is such a sum).
    ///
    /// # Errors
    /// Errors of `weights`, or [`NetworkError`] for images that do not fit the graph.
    pub fn forward_with_gradients_of(
        &self,
        images: &Images,
        taps: &[NodeId],
        weights: impl FnOnce(&[f32]) -> Result<Vec<f32>, NetworkError>,
    ) -> Result<Attribution, NetworkError> {
        self.attribute(images, taps, ReluRule::Derivative, weights)
    }

    /// Like [`Network::forward_with_gradients_of`], with another rule for the backward pass through ReLUs,
    /// such as guided backpropagation.
    ///
    /// # Errors
    /// As [`Network::forward_with_gradients_of`].
    pub fn attribute(
        &self,
        images: &Images,
        taps: &[NodeId],
        rule: ReluRule,
        weights: impl FnOnce(&[f32]) -> Result<Vec<f32>, NetworkError>,
    ) -> Result<Attribution, NetworkError> {
        let mut pass =
            TapeWalk::new(self, images, self.constants(), NormStatistics::Running, taps)?.with_rule(rule);
        for id in self.graph().ids() {
            pass.advance(id)?;
            if taps.contains(&id) {
                pass.watch(id);
            }
        }
        let logits = pass.logits()?.clone();
        let activations = self.collect(&pass, taps)?;
        let watched: Vec<Value> =
            taps.iter().map(|tap| pass.value(*tap).cloned()).collect::<Result<_, _>>()?;
        let weights = weights(&logits.data)?;
        let gradients = backward(pass, &logits, weights, taps, &watched)?;
        let gradients = activations.iter().zip(gradients);
        let gradients =
            gradients.map(|(like, data)| Activation { data: data.into(), ..like.clone() }).collect();
        Ok(Attribution { logits: logits.data.to_vec(), taps: activations, gradients })
    }
}

/// The gradients of the weighted sum of logits with respect to `watched`.
fn backward(
    pass: TapeWalk<'_>,
    logits: &Value,
    weights: Vec<f32>,
    taps: &[NodeId],
    watched: &[Value],
) -> Result<Vec<Vec<f32>>, NetworkError> {
    let fails = |error: dfdx::tensor::CpuError| NetworkError::Dfdx(error.to_string());
    let (_, recorder) = pass.finish();
    let scores = recorder.into_logits(logits)?;
    let shape = (logits.shape[0], logits.shape[1]);
    let weights = Cpu::default().try_tensor_from_vec(weights, shape).map_err(fails)?;
    let total = scores.try_mul(weights).map_err(fails)?.try_sum::<(), _>().map_err(fails)?;
    let mut gradients = total.try_backward().map_err(fails)?;
    let mut taken: Vec<Vec<f32>> = Vec::with_capacity(watched.len());
    for (index, value) in watched.iter().enumerate() {
        // A gradient can be moved out once; a tap requested twice gets a copy.
        let gradient = match taps[..index].iter().position(|tap| *tap == taps[index]) {
            Some(first) => taken[first].clone(),
            None => take_gradient(&mut gradients, value)?,
        };
        taken.push(gradient);
    }
    Ok(taken)
}
