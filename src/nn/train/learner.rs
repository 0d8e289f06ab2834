use dfdx::losses::cross_entropy_with_logits_loss;
use dfdx::optim::{Momentum, SgdConfig, WeightDecay};
use dfdx::prelude::{AsArray, Backward};
use dfdx::tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec};

use super::{BatchNormMode, TrainError, TrainingOptions, targets};
use crate::nn::graph::{NodeId, Op};
use crate::nn::network::Pass;
use crate::nn::ops::BatchStatistics;
use crate::nn::{Images, Network, NetworkError, Norm, Value, parameter, pool};

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
    velocity: Gradients<f32, Cpu>,
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
                    rate_factor: if head { options.head_lr_multiplier } else { 1.0 },
                });
            }
        }
        Ok(Self { device, learned, velocity: Gradients::leaky(), options: options.clone() })
    }

    /// One step of SGD on one batch, at learning rate `lr`. A batch whose loss is no number changes nothing.
    ///
    /// # Errors
    /// [`TrainError`] for a batch that does not suit the network.
    pub fn step(&mut self, network: &mut Network, batch: &Batch, lr: f64) -> Result<StepResult, TrainError> {
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
        for Learned { index, tensor, .. } in &self.learned {
            let Value { data, shape, .. } = values[*index].clone();
            values[*index] = parameter(tensor, data, shape, true);
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
        for Learned { index, tensor, rate_factor } in &mut self.learned {
            let velocity = self.velocity.get_or_alloc_mut(&*tensor).map_err(dfdx_failed)?;
            let gradient = gradients.get_or_alloc_mut(&*tensor).map_err(dfdx_failed)?;
            let config = SgdConfig { lr: lr * *rate_factor, momentum, weight_decay };
            config.try_update(tensor, velocity, gradient).map_err(dfdx_failed)?;
            let mut value = vec![0.0; network.values()[*index].len()];
            tensor.copy_into(&mut value);
            network.set_at(*index, value)?;
        }
        Ok(())
    }
}

impl Drop for Learner {
    fn drop(&mut self) {
        pool::release();
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
