use std::mem;

use dfdx::optim::{AdamConfig, Momentum, SgdConfig, WeightDecay};
use dfdx::tensor::{Cpu, CpuError, Gradients, Storage, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TrainError, TrainingOptions};

/// Rule that turns a gradient into a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Optimiser {
    /// Gradient descent with the stage's `momentum` and `nesterov`; weight decay is an L2 penalty.
    #[default]
    Sgd,
    /// Adam (Kingma & Ba 2015); weight decay is an L2 penalty, as in torch's Adam.
    Adam(AdamOptions),
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch's AdamW.
    AdamW(AdamOptions),
}

/// Options of `adam` and `adamw`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AdamOptions {
    /// Decay rates of the mean gradient and of the mean squared gradient.
    pub betas: [f64; 2],
    /// Added to the root of the mean squared gradient.
    pub eps: f64,
}

impl Default for AdamOptions {
    fn default() -> Self {
        Self { betas: [0.9, 0.999], eps: 1e-8 }
    }
}

impl Optimiser {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let (Self::Adam(options) | Self::AdamW(options)) = self else { return Ok(()) };
        let [first, second] = options.betas;
        let fails = |option, value, range| Err(TrainError::Option { option, value, range });
        for beta in [first, second] {
            if !(0.0..1.0).contains(&beta) {
                return fails("optimiser", beta, "betas of 0 to less than 1");
            }
        }
        if !(options.eps > 0.0 && options.eps.is_finite()) {
            return fails("optimiser", options.eps, "a positive eps");
        }
        Ok(())
    }
}

/// Update rule of one step, for one parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum UpdateRule {
    Sgd(SgdConfig),
    /// With the number of this step, from 1.
    Adam(AdamConfig, i32),
}

impl UpdateRule {
    /// The rule of step number `count` (from 1) at learning rate `lr`.
    pub fn new(options: &TrainingOptions, lr: f64, decays: bool, count: u64) -> Self {
        let decay = (decays && options.weight_decay > 0.0).then_some(options.weight_decay);
        let adam = |AdamOptions { betas, eps }: AdamOptions, weight_decay| {
            // After two thousand million steps no bias is left to correct.
            Self::Adam(AdamConfig { lr, betas, eps, weight_decay }, i32::try_from(count).unwrap_or(i32::MAX))
        };
        match options.optimiser {
            Optimiser::Sgd => {
                let momentum = match options.nesterov {
                    _ if options.momentum == 0.0 => None,
                    true => Some(Momentum::Nesterov(options.momentum)),
                    false => Some(Momentum::Classic(options.momentum)),
                };
                Self::Sgd(SgdConfig { lr, momentum, weight_decay: decay.map(WeightDecay::L2) })
            }
            Optimiser::Adam(options) => adam(options, decay.map(WeightDecay::L2)),
            Optimiser::AdamW(options) => adam(options, decay.map(WeightDecay::Decoupled)),
        }
    }
}

/// Optimiser state of one parameter: SGD's momentum, or Adam's two moments, under the tensor's identity;
/// separate from other parameters', so that parameters are updated in parallel.
pub(super) struct OptimiserMemory {
    moments: [Gradients<f32, Cpu>; 2],
    /// Number of the moments in use.
    used: usize,
}

impl OptimiserMemory {
    pub fn new() -> Self {
        Self { moments: [Gradients::leaky(), Gradients::leaky()], used: 0 }
    }

    /// Makes dfdx's own step; the gradient's buffer is returned.
    pub fn step(
        &mut self,
        rule: UpdateRule,
        tensor: &mut Tensor<(usize,), f32, Cpu>,
        gradient: &mut Vec<f32>,
        device: &Cpu,
    ) -> Result<(), CpuError> {
        let mut own = Storage::<f32>::try_alloc_len(device, 0)?;
        *own = mem::take(gradient);
        let [first, second] = &mut self.moments;
        self.used = match rule {
            UpdateRule::Sgd(_) => 1,
            UpdateRule::Adam(..) => 2,
        };
        match rule {
            UpdateRule::Sgd(config) => config.try_update(tensor, first.get_or_alloc_mut(&*tensor)?, &own)?,
            UpdateRule::Adam(config, count) => {
                let (first, second) = (first.get_or_alloc_mut(&*tensor)?, second.get_or_alloc_mut(&*tensor)?);
                config.try_update(count, tensor, first, second, &own)?;
            }
        }
        *gradient = mem::take(&mut *own);
        Ok(())
    }

    /// Both moments as plain arrays; empty before the first step.
    pub fn read(&self, tensor: &Tensor<(usize,), f32, Cpu>) -> [Vec<f32>; 2] {
        let read = |index: usize| match index < self.used {
            true => self.moments[index].get(tensor).as_vec(),
            false => Vec::new(),
        };
        [read(0), read(1)]
    }

    /// Restores the moments that [`OptimiserMemory::read`] returned.
    pub fn write(
        &mut self,
        tensor: &Tensor<(usize,), f32, Cpu>,
        moments: [Vec<f32>; 2],
    ) -> Result<(), CpuError> {
        self.used = moments.iter().filter(|moment| !moment.is_empty()).count();
        for (place, moment) in self.moments.iter_mut().zip(moments) {
            if !moment.is_empty() {
                **place.get_or_alloc_mut(tensor)? = moment;
            }
        }
        Ok(())
    }
}
