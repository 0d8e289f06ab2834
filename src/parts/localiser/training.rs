use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::cam::Refusal;

/// Options of a head's training: gradient descent with Nesterov's momentum and a learning rate that falls to 0 by half a
/// cosine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HeadTraining {
    /// Number of steps.
    pub steps: usize,
    /// Images per step.
    pub batch: usize,
    /// Learning rate of the first step.
    pub lr: f64,
    /// Momentum.
    pub momentum: f64,
    /// L2 penalty on the weights of standardised activations.
    pub weight_decay: f64,
}

impl HeadTraining {
    /// Number of steps where the file names none.
    pub fn default_steps() -> usize {
        500
    }

    /// Images per step where the file names no number.
    pub fn default_batch() -> usize {
        32
    }

    /// Learning rate where the file names none. The loss of standardised activations is so flat that gradient descent
    /// converges with it on any network: the largest curvature is 0.25 for `mask` and, at the default `beta`, 2.25 for `box`.
    pub fn default_lr() -> f64 {
        0.5
    }

    /// Momentum where the file names none, that of wsolevaluation.
    pub fn default_momentum() -> f64 {
        0.9
    }

    /// L2 penalty where the file names none, that of wsolevaluation.
    pub fn default_weight_decay() -> f64 {
        1e-4
    }

    /// Learning rate of a step, from 0.
    pub fn rate(&self, step: usize) -> f64 {
        self.lr * 0.5 * (1.0 + (PI * step as f64 / self.steps.max(1) as f64).cos())
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`Refusal`] of the first invalid option.
    pub fn check(&self) -> Result<(), Refusal> {
        let Self { steps, batch, lr, momentum, weight_decay } = self;
        let refusal = |option, value: &dyn std::fmt::Display, remedy| {
            Err(Refusal::new(option, format!("`{option}` = {value} is out of range"), remedy))
        };
        match () {
            () if *steps == 0 => refusal("steps", steps, "write 1 or more; the default is 500"),
            () if *batch == 0 => refusal("batch", batch, "write 1 or more; the default is 32"),
            () if !(*lr > 0.0 && lr.is_finite()) => {
                refusal("lr", lr, "write a positive number; the default is 0.5")
            }
            () if !(0.0..1.0).contains(momentum) => {
                refusal("momentum", momentum, "write 0 to less than 1; the default is 0.9")
            }
            () if !(*weight_decay >= 0.0 && weight_decay.is_finite()) => {
                refusal("weight-decay", weight_decay, "write 0 or more; the default is 1e-4")
            }
            () => Ok(()),
        }
    }
}
