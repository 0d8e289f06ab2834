use std::sync::Arc;

use dfdx::prelude::{AsArray, Backward, HasShape, SumTo};
use dfdx::tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec};
use rayon::prelude::*;

use super::clip::clip;
use super::error::dfdx_failed;
use super::loss::{SoftTargets, loss};
use super::optimiser::{OptimiserMemory, UpdateRule};
use super::{BatchNormMode, DropoutOptions, TrainError, TrainingOptions, targets};
use crate::graph::{NodeId, Op};
use crate::network::TapeWalk;
use crate::ops::{BatchStatistics, multi_label_loss};
use crate::{Images, Network, NetworkError, NormStatistics, Slot, Value};
use camlab_kernel::recycle;

/// Labelled images.
#[derive(Debug, Clone)]
pub struct LabelledBatch {
    /// The preprocessed images.
    pub images: Images,
    /// Class of each image; of several, one of them.
    pub labels: Vec<usize>,
    /// All classes of each image; empty where every image has one.
    pub label_sets: Vec<Vec<usize>>,
    /// Second label of every image, if images are mixed.
    pub mixed: Option<Mixed>,
    /// Teachers' class scores of the images as they are here, if there are teachers.
    pub soft: Option<SoftTargets>,
}

/// Second labels of a mixed batch (mixup, CutMix).
#[derive(Debug, Clone, PartialEq)]
pub struct Mixed {
    /// Class of the image that was mixed into each image.
    pub labels: Vec<usize>,
    /// Share of every image that is of [`LabelledBatch::labels`], 0 to 1.
    pub share: f64,
}

impl LabelledBatch {
    /// The classes of an image; none beyond the last one.
    pub(super) fn shown(&self, image: usize) -> &[usize] {
        let one = || self.labels.get(image).map_or(&[][..], std::slice::from_ref);
        self.label_sets.get(image).map_or_else(one, Vec::as_slice)
    }

    /// Images of one class each.
    pub fn new(images: Images, labels: Vec<usize>) -> Self {
        Self { images, labels, label_sets: Vec::new(), mixed: None, soft: None }
    }
}

/// Result of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepResult {
    /// Mean loss of the batch before the step, nats.
    pub loss: f32,
    /// Images of the batch classified correctly before the step: the class with the highest score is (one of) theirs.
    pub correct: usize,
}

/// A parameter that is trained: dfdx's tensor, which its optimiser updates, and the factor on its learning
/// rate.
struct Learned {
    index: usize,
    tensor: Tensor<(usize,), f32, Cpu>,
    /// Slot at which its gradient arrives: not the tensor's own, for which dfdx would clear new memory in
    /// every step.
    slot: Slot,
    memory: OptimiserMemory,
    rate_factor: f64,
    decays: bool,
}

/// The optimiser of a network: dfdx tensors of the trained parameters, and the optimiser's state for each.
///
/// dfdx's `Sgd::update` and `Adam::update` visit a module's tensors by `TensorCollection`, whose
/// `TensorOptions` can only be made for shapes known at compile time; a network's are known at run time. So
/// the parameters are visited here, with dfdx's own `try_update` on each, which is all that `update` does
/// with a tensor.
pub struct Learner {
    device: Cpu,
    learned: Vec<Learned>,
    options: TrainingOptions,
    /// Number of steps made.
    count: u64,
    /// Seed of the draws of attention-based dropout and of dropout layers.
    seed: u64,
    /// Nodes after which these layers are inserted.
    attended: Vec<NodeId>,
    /// Nodes after which dropout layers are inserted.
    dropped: Vec<NodeId>,
}

impl Learner {
    /// Sets up the parameters that are trained under `options`, which are those of one stage: their `stage`
    /// is not read.
    ///
    /// # Errors
    /// [`TrainError`] for options out of range, or patterns that match nothing.
    pub fn new(network: &Network, options: &TrainingOptions) -> Result<Self, TrainError> {
        let options = &TrainingOptions { stage: Vec::new(), ..options.clone() };
        options.check()?;
        options.check_names(network.specs())?;
        let attended = options.method.adl().map_or(Ok(Vec::new()), |adl| adl.nodes(network.graph()))?;
        let dropped =
            options.dropout.as_ref().map_or(Ok(Vec::new()), |dropout| dropout.nodes(network.graph()))?;
        let device = Cpu::default();
        let mut learned = Vec::new();
        for (index, (spec, value)) in network.specs().iter().zip(network.values()).enumerate() {
            if options.trains(spec) {
                let tensor =
                    device.try_tensor_from_vec(value.to_vec(), (value.len(),)).map_err(dfdx_failed)?;
                let head = Some(spec.node) == network.graph().head_node();
                learned.push(Learned {
                    index,
                    tensor,
                    slot: Slot::new(&device),
                    memory: OptimiserMemory::new(),
                    rate_factor: options.multiplier(&spec.name)
                        * if head { options.head_lr_multiplier } else { 1.0 },
                    decays: options.decays(spec.kind),
                });
            }
        }
        Ok(Self { device, learned, options: options.clone(), count: 0, seed: 0, attended, dropped })
    }

    /// Sets the seed of the draws in a step, which also depend on the number of steps made.
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// One step on one batch, at learning rate `lr`. A batch whose loss is not finite changes nothing.
    ///
    /// # Errors
    /// [`TrainError`] for a batch that does not fit the network.
    pub fn step(
        &mut self,
        network: &mut Network,
        batch: &LabelledBatch,
        lr: f64,
    ) -> Result<StepResult, TrainError> {
        // On a thread of the pool, which takes part in the work instead of waiting at every operation.
        rayon::scope(|_| self.step_here(network, batch, lr))
    }

    fn step_here(
        &mut self,
        network: &mut Network,
        batch: &LabelledBatch,
        lr: f64,
    ) -> Result<StepResult, TrainError> {
        let classes = network.graph().classes().unwrap_or(0);
        let images = &batch.images;
        let focus = self.options.loss.implementation().focus();
        let wanted = match focus {
            None => targets::probabilities(batch, classes, self.options.label_smoothing)?,
            Some(_) => targets::indicators(batch, classes)?,
        };
        let norm = match self.options.bn {
            BatchNormMode::Free | BatchNormMode::Statistics => NormStatistics::Batch,
            BatchNormMode::Affine | BatchNormMode::Frozen => NormStatistics::Running,
        };
        let inserted = [&self.attended[..], &self.dropped].concat();
        let mut pass = TapeWalk::new(network, images, self.parameters(network), norm, &inserted)?;
        for id in network.graph().ids() {
            pass.advance(id)?;
            if let Some(adl) = self.options.method.adl().filter(|_| self.attended.contains(&id)) {
                let layer = &network.graph().node(id).name;
                pass.attend(id, adl.attention(self.seed, self.count, layer))?;
            }
            if let Some(dropout) = self.options.dropout.as_ref().filter(|_| self.dropped.contains(&id)) {
                let layer = &network.graph().node(id).name;
                pass.drop_out(id, dropout.rate, &mut DropoutOptions::draws(self.seed, self.count, layer))?;
            }
        }
        let logits = pass.logits()?.clone();
        let (statistics, mut recorder) = pass.finish();
        let loss = match focus {
            None => {
                let scores = recorder.into_logits(&logits).map_err(NetworkError::from)?;
                loss(scores, wanted, batch.soft.as_ref(), (images.count, classes), &self.device)?
            }
            Some(focus) => {
                let loss =
                    multi_label_loss(&mut recorder, &logits, &wanted, focus).map_err(NetworkError::from)?;
                recorder.into_logits(&loss).map_err(NetworkError::from)?.sum()
            }
        };
        let result =
            StepResult { loss: loss.array(), correct: targets::correct(&logits.data, batch, classes) };
        if result.loss.is_finite() {
            let gradients = loss.try_backward().map_err(dfdx_failed)?;
            self.update(network, gradients, lr)?;
            follow(network, &statistics)?;
        }
        Ok(result)
    }

    /// All parameters of the network as values, the trained ones with a slot for their gradient.
    fn parameters(&self, network: &Network) -> Vec<Value> {
        let mut values = network.constants();
        for Learned { index, slot, .. } in &self.learned {
            values[*index].slot = Some(slot.clone());
        }
        values
    }

    /// The optimiser's state, parameter by parameter, and the number of steps made: all that a learner of the
    /// same network and options needs to continue identically.
    pub fn memory(&self) -> (u64, Vec<[Vec<f32>; 2]>) {
        let read = |learned: &Learned| learned.memory.read(&learned.tensor);
        (self.count, self.learned.iter().map(read).collect())
    }

    /// Restores the state that [`Learner::memory`] returned.
    ///
    /// # Errors
    /// [`TrainError::State`] for the state of other parameters.
    pub fn remember(&mut self, count: u64, moments: Vec<[Vec<f32>; 2]>) -> Result<(), TrainError> {
        let fits = |learned: &Learned, moments: &[Vec<f32>; 2]| {
            moments.iter().all(|moment| [0, learned.tensor.shape().0].contains(&moment.len()))
        };
        let all = self.learned.len() == moments.len();
        if !all || !self.learned.iter().zip(&moments).all(|(learned, moments)| fits(learned, moments)) {
            return Err(TrainError::State("its optimiser state is of other parameters".into()));
        }
        for (learned, moments) in self.learned.iter_mut().zip(moments) {
            learned.memory.write(&learned.tensor, moments).map_err(dfdx_failed)?;
        }
        self.count = count;
        Ok(())
    }

    fn update(
        &mut self,
        network: &mut Network,
        mut gradients: Gradients<f32, Cpu>,
        lr: f64,
    ) -> Result<(), TrainError> {
        self.count += 1;
        let (count, options) = (self.count, &self.options);
        // Taken out of the network while they change: with a single holder they are written in place.
        let values = network.values_mut();
        let device = &self.device;
        let mut arrived = Vec::with_capacity(self.learned.len());
        for Learned { index, slot, .. } in &self.learned {
            let len = values[*index].len();
            let gradient = slot.take(&mut gradients, len).map_err(dfdx_failed)?;
            arrived.push(gradient.unwrap_or_else(|| vec![0.0; len]));
        }
        drop(gradients);
        clip(&mut arrived, options.clip_norm);
        let mut jobs: Vec<_> = self
            .learned
            .iter_mut()
            .zip(arrived)
            .map(|(learned, gradient)| {
                let value = std::mem::take(&mut values[learned.index]);
                (learned, gradient, value)
            })
            .collect();
        let done: Result<(), CpuError> = jobs.par_iter_mut().try_for_each(|(learned, gradient, value)| {
            let Learned { tensor, memory, rate_factor, decays, .. } = &mut **learned;
            let rule = UpdateRule::new(options, lr * *rate_factor, *decays, count);
            memory.step(rule, tensor, gradient, device)?;
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

/// Moves the running statistics towards the batch's: `(1 - momentum) running + momentum batch`, PyTorch's
/// rule.
fn follow(network: &mut Network, statistics: &[(NodeId, BatchStatistics)]) -> Result<(), TrainError> {
    for (node, BatchStatistics { mean, var_unbiased }) in statistics {
        let Op::BatchNorm { momentum, .. } = network.graph().node(*node).op else { continue };
        // A batch norm's parameters: weight, bias, running_mean, running_var.
        let first = network.parameters_of(*node).start;
        for (index, batch) in [(first + 2, mean), (first + 3, var_unbiased)] {
            let running = network.values()[index].iter().zip(batch);
            // A statistic beyond the range of a checkpoint's F16 is infinite, and would stay so.
            let moved = running.map(|(old, new)| match old.is_infinite() {
                true => *new,
                false => (1.0 - momentum) * old + momentum * new,
            });
            let moved = moved.collect();
            network.set_at(index, moved)?;
        }
    }
    Ok(())
}
