use dfdx::prelude::{Backward, Cpu, SumTo, TryMul};
use dfdx::tensor::TensorFromVec;

use super::pass::TapeWalk;
use super::{Activation, Images, Network, NetworkError, NormStatistics};
use crate::graph::NodeId;
use crate::ops::ReluRule;
use crate::{Value, take_gradient};

/// What a forward and a backward pass return.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// Class scores, `[n, classes]` row-major, before any softmax.
    pub logits: Vec<f32>,
    /// The activations asked for, in the order asked.
    pub taps: Vec<Activation>,
    /// The gradient of each image's target score with respect to its own activations, likewise.
    pub gradients: Vec<Activation>,
}

impl Network {
    /// One forward pass in evaluation mode, then d `logits[i][target_i]` / d activation at every tap.
    ///
    /// `targets` sees the logits, so the class may be the predicted one, and returns a class per image. Up to the
    /// earliest tap nothing is recorded: the backward pass goes only as far back as it must.
    ///
    /// # Errors
    /// [`NetworkError`] for images or targets that do not suit the graph.
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

    /// The same for a weighted sum of class scores: `weights` sees the logits and returns as many factors
    /// (Finer-CAM's difference of a class and its likest is such a sum).
    ///
    /// # Errors
    /// What `weights` returns, or [`NetworkError`] for images that do not suit the graph.
    pub fn forward_with_gradients_of(
        &self,
        images: &Images,
        taps: &[NodeId],
        weights: impl FnOnce(&[f32]) -> Result<Vec<f32>, NetworkError>,
    ) -> Result<Attribution, NetworkError> {
        self.attribute(images, taps, ReluRule::Derivative, weights)
    }

    /// The same with another rule for the way back through ReLUs: guided backpropagation.
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
        // A gradient can be moved out once; a tap asked for twice gets a copy.
        let gradient = match taps[..index].iter().position(|tap| *tap == taps[index]) {
            Some(first) => taken[first].clone(),
            None => take_gradient(&mut gradients, value)?,
        };
        taken.push(gradient);
    }
    Ok(taken)
}
