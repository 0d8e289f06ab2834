use std::sync::Arc;

use dfdx::losses::cross_entropy_with_logits_loss;
use dfdx::optim::{Momentum, SgdConfig, WeightDecay};
use dfdx::prelude::{AsArray, Backward};
use dfdx::tensor::{Cpu, CpuError, Gradients, Storage, Tensor, TensorFromVec};
use rayon::prelude::*;

use super::{BatchNormMode, TrainError, TrainingOptions, targets};
use crate::kernel::recycle;
use crate::nn::graph::{NodeId, Op};
use crate::nn::network::Pass;
use crate::nn::ops::BatchStatistics;
use crate::nn::{Images, Network, NetworkError, Norm, Slot, Value};

/// Labelled images.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The preprocessed images.
    pub images: Images,
    /// The class of each.
    pub labels: Vec<usize>,
}

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepResult {
    /// Mean cross-entropy of the batch before the step, nats.
    pub loss: f32,
    /// Images of the batch classified correctly before the step.
    pub correct: usize,
}

/// A parameter while it learns: dfdx's tensor, which its optimiser updates, and the factor on its learning rate.
struct Learned {
    index: usize,
    tensor: Tensor<(usize,), f32, Cpu>,
    /// Where its gradient arrives: not under the tensor's name, for which dfdx would clear fresh memory in every step.
    slot: Slot,
    /// The momentum, under the tensor's own name; apart from the others', so that parameters are updated side by side.
    velocity: Gradients<f32, Cpu>,
    rate_factor: f64,
}

/// The optimiser's side of a network: dfdx tensors of the parameters that learn, and their momenta.
///
/// dfdx's `Sgd::update` visits a module's tensors by `TensorCollection`, whose `TensorOptions` can only be made for
/// shapes known at compile time; a network's are known at run time. So we visit the parameters ourselves and make
/// dfdx's own step on each, `SgdConfig::try_update`, which is all that `Sgd` does with a tensor it visits.
pub struct Learner {
    device: Cpu,
    learned: Vec<Learned>,
    options: TrainingOptions,
}

impl Learner {
    /// Takes up the parameters that learn under `options`.
    ///
    /// # Errors
    /// [`TrainError`] for options out of range.
    pub fn new(network: &Network, options: &TrainingOptions) -> Result<Self, TrainError> {
        options.check()?;
        let device = Cpu::default();
        let mut learned = Vec::new();
        for (index, (spec, value)) in network.specs().iter().zip(network.values()).enumerate() {
            if options.trains(spec.kind) {
                let tensor =
                    device.try_tensor_from_vec(value.to_vec(), (value.len(),)).map_err(dfdx_failed)?;
                let head = spec.node == network.graph().output();
                learned.push(Learned {
                    index,
                    tensor,
                    slot: Slot::new(&device),
                    velocity: Gradients::leaky(),
                    rate_factor: if head { options.head_lr_multiplier } else { 1.0 },
                });
            }
        }
        Ok(Self { device, learned, options: options.clone() })
    }

    /// One step of SGD on one batch, at learning rate `lr`. A batch whose loss is no number changes nothing.
    ///
    /// # Errors
    /// [`TrainError`] for a batch that does not suit the network.
    pub fn step(&mut self, network: &mut Network, batch: &Batch, lr: f64) -> Result<StepResult, TrainError> {
        // On a thread of the pool, which takes part in the work instead of waiting for it at every operation.
        rayon::scope(|_| self.step_here(network, batch, lr))
    }

    fn step_here(&mut self, network: &mut Network, batch: &Batch, lr: f64) -> Result<StepResult, TrainError> {
        let classes = network.graph().classes().unwrap_or(0);
        let (images, labels) = (&batch.images, &batch.labels);
        let wanted = targets::probabilities(labels, images.count, classes, self.options.label_smoothing)?;
        let norm = match self.options.bn {
            BatchNormMode::Free => Norm::Batch,
            BatchNormMode::Affine | BatchNormMode::Frozen => Norm::Running,
        };
        let mut pass = Pass::new(network, images, self.parameters(network), norm, &[])?;
        network.graph().ids().try_for_each(|id| pass.advance(id))?;
        let logits = pass.logits()?.clone();
        let (statistics, recorder) = pass.finish();
        let wanted = self.device.try_tensor_from_vec(wanted, (images.count, classes)).map_err(dfdx_failed)?;
        let scores = recorder.into_logits(&logits).map_err(NetworkError::from)?;
        let loss = cross_entropy_with_logits_loss(scores, wanted);
        let result =
            StepResult { loss: loss.array(), correct: targets::correct(&logits.data, labels, classes) };
        if result.loss.is_finite() {
            let gradients = loss.try_backward().map_err(dfdx_failed)?;
            self.update(network, gradients, lr)?;
            follow(network, &statistics)?;
        }
        Ok(result)
    }

    /// Every parameter of the network as a value, those that learn with a place for their gradient.
    fn parameters(&self, network: &Network) -> Vec<Value> {
        let mut values = network.constants();
        for Learned { index, slot, .. } in &self.learned {
            values[*index].slot = Some(slot.clone());
        }
        values
    }

    fn update(
        &mut self,
        network: &mut Network,
        mut gradients: Gradients<f32, Cpu>,
        lr: f64,
    ) -> Result<(), TrainError> {
        let TrainingOptions { momentum, nesterov, weight_decay, .. } = self.options;
        let momentum = match nesterov {
            _ if momentum == 0.0 => None,
            true => Some(Momentum::Nesterov(momentum)),
            false => Some(Momentum::Classic(momentum)),
        };
        let weight_decay = (weight_decay > 0.0).then_some(WeightDecay::L2(weight_decay));
        // Out of the network while they change, so that they are written in place.
        let values = network.values_mut();
        let device = &self.device;
        let mut jobs = Vec::with_capacity(self.learned.len());
        for learned in &mut self.learned {
            let len = values[learned.index].len();
            let gradient = learned.slot.take(&mut gradients, len).map_err(dfdx_failed)?;
            let gradient = gradient.unwrap_or_else(|| vec![0.0; len]);
            let value = std::mem::take(&mut values[learned.index]);
            jobs.push((learned, gradient, value));
        }
        drop(gradients);
        let done: Result<(), CpuError> = jobs.par_iter_mut().try_for_each(|(learned, gradient, value)| {
            let Learned { tensor, velocity, rate_factor, .. } = &mut **learned;
            let config = SgdConfig { lr: lr * *rate_factor, momentum, weight_decay };
            let mut own = Storage::<f32>::try_alloc_len(device, 0)?;
            *own = std::mem::take(gradient);
            config.try_update(tensor, velocity.get_or_alloc_mut(&*tensor)?, &own)?;
            *gradient = std::mem::take(&mut *own);
            tensor.copy_into(Arc::make_mut(value).as_mut_slice());
            Ok(())
        });
        for (learned, gradient, value) in jobs {
            values[learned.index] = value;
            recycle::give(gradient);
        }
        done.map_err(dfdx_failed)
    }
}

impl Drop for Learner {
    fn drop(&mut self) {
        recycle::release();
    }
}

/// Moves the running statistics towards the batch's: `(1 - momentum) running + momentum batch`, torch's rule.
fn follow(network: &mut Network, statistics: &[(NodeId, BatchStatistics)]) -> Result<(), TrainError> {
    for (node, BatchStatistics { mean, var_unbiased }) in statistics {
        let Op::BatchNorm { momentum, .. } = network.graph().node(*node).op else { continue };
        // A batch norm's parameters: weight, bias, running_mean, running_var.
        let first = network.parameters_of(*node).start;
        for (index, batch) in [(first + 2, mean), (first + 3, var_unbiased)] {
            let running = network.values()[index].iter().zip(batch);
            let moved = running.map(|(old, new)| (1.0 - momentum) * old + momentum * new).collect();
            network.set_at(index, moved)?;
        }
    }
    Ok(())
}

fn dfdx_failed(error: CpuError) -> TrainError {
    TrainError::Network(NetworkError::Dfdx(error.to_string()))
}
