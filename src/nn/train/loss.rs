use dfdx::losses::cross_entropy_with_logits_loss;
use dfdx::prelude::{PutTape, SplitTape};
use dfdx::tensor::{Cpu, OwnedTape, Tensor, TensorFromVec};

use super::TrainError;
use crate::{Logits, softmax};

/// Teachers' class scores of a batch, for the distillation to a student (Hinton et al. 2015).
#[derive(Debug, Clone, PartialEq)]
pub struct SoftTargets {
    /// The teachers' class scores, `[n, classes]` row-major, before any softmax.
    pub logits: Vec<f32>,
    /// Divisor of class scores, of teachers and student.
    pub temperature: f64,
    /// Weight of the teachers' targets, 0 to 1; the rest is the label's.
    pub weight: f64,
}

impl SoftTargets {
    /// The teachers' probabilities at their temperature, `[n, classes]`.
    ///
    /// # Errors
    /// [`TrainError::SoftTargets`] for scores of another number of images or classes.
    pub(super) fn probabilities(&self, images: usize, classes: usize) -> Result<Vec<f32>, TrainError> {
        if self.logits.len() != images * classes || classes == 0 {
            return Err(TrainError::SoftTargets { given: self.logits.len(), images, classes });
        }
        Ok(self.logits.chunks_exact(classes).flat_map(|row| softmax(row, self.temperature)).collect())
    }
}

/// Mean cross-entropy of class scores with target probabilities `[n, classes]`; with teachers,
/// `(1 - w) CE(targets) + w T^2 CE(teachers at T)`, the size of whose gradients does not depend on `T`.
pub(super) fn loss(
    scores: Logits,
    targets: Vec<f32>,
    soft: Option<&SoftTargets>,
    shape: (usize, usize),
    device: &Cpu,
) -> Result<Tensor<(), f32, Cpu, OwnedTape<f32, Cpu>>, TrainError> {
    let tensor = |values: Vec<f32>| -> Result<_, TrainError> {
        device.try_tensor_from_vec(values, shape).map_err(super::error::dfdx_failed)
    };
    let targets = tensor(targets)?;
    let Some(soft) = soft else { return Ok(cross_entropy_with_logits_loss(scores, targets)) };
    let taught = tensor(soft.probabilities(shape.0, shape.1)?)?;
    let (scores, tape) = scores.split_tape();
    let softened = scores.retaped::<OwnedTape<f32, Cpu>>() / soft.temperature as f32;
    let hard = cross_entropy_with_logits_loss(scores.put_tape(tape), targets);
    let soft_loss = cross_entropy_with_logits_loss(softened, taught);
    let factor = soft.weight * soft.temperature * soft.temperature;
    Ok(hard * (1.0 - soft.weight) as f32 + soft_loss * factor as f32)
}
