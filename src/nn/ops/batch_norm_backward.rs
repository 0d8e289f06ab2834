//! The backward pass of batch normalisation, and of an addition and a clip after it.

use std::sync::Arc;

use dfdx::tensor::CpuError;

use super::check::in_backward;
use crate::Slot;
use crate::gradient::Grads;
use camlab_kernel::{
    Affine, Gate, NormBackward, NormInputGradient, OutputRange, norm_backward_input,
    norm_backward_input_in_place, norm_backward_sums, recycle,
};

/// One channel's statistics, and factors derived from them.
#[derive(Clone, Copy)]
pub(super) struct ChannelNorm {
    pub mean: f64,
    /// 1 / sqrt(var + eps)
    pub inverse: f64,
    /// gamma * inverse
    pub scale: f64,
}

/// Data kept for the backward pass.
pub(super) struct Backward {
    pub norms: Vec<ChannelNorm>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    /// Number of pixels of the batch.
    pub count: usize,
    /// True if the statistics were the batch's.
    pub through_batch: bool,
    /// Range to which the result was limited.
    pub range: OutputRange,
    /// Kept only when gamma's gradient, or the one through the batch statistics, needs it.
    pub input: Option<Arc<Vec<f32>>>,
    /// Kept only if the clip's backward pass reads it.
    pub output: Option<Arc<Vec<f32>>>,
}

impl Backward {
    /// Propagates `gradient` to the input, gamma, beta and the residual.
    pub fn run(
        self,
        grads: &mut Grads,
        mut gradient: Vec<f32>,
        [x, gamma, beta, residual]: [Option<Slot>; 4],
    ) -> Result<(), CpuError> {
        let channels = self.norms.len();
        let mean: Vec<f32> = self.norms.iter().map(|norm| norm.mean as f32).collect();
        let gate = match &self.output {
            Some(output) => Gate::Output(output),
            None if !self.range.is_all() => {
                Gate::Normalised(Affine { scale: &self.scale, shift: &self.shift })
            }
            None => Gate::Open,
        };
        let mut norm = NormBackward {
            input: self.input.as_ref().map(|input| &input[..]),
            mean: &mean,
            gate,
            range: self.range,
        };
        // The gradient after the mask goes to the residual unchanged.
        let cut = !self.range.is_all() && residual.is_some();
        let mut sums = vec![[0.0; 2]; channels];
        if gamma.is_some() || beta.is_some() || self.through_batch {
            sums = norm_backward_sums(norm, cut, &mut gradient).map_err(in_backward)?;
        } else if cut {
            let (one, zero) = (vec![1.0; channels], vec![0.0; channels]);
            let factors = NormInputGradient { scale: &one, mean_gradient: &zero, slope: &zero };
            norm_backward_input_in_place(norm, factors, &mut gradient).map_err(in_backward)?;
        }
        if cut {
            norm.gate = Gate::Open;
        }
        if let Some(slot) = beta {
            slot.add(grads, sums.iter().map(|&[plain, _]| plain as f32).collect())?;
        }
        if let Some(slot) = gamma {
            let weighted = sums.iter().zip(&self.norms).map(|([_, sum], norm)| (sum * norm.inverse) as f32);
            slot.add(grads, weighted.collect())?;
        }
        // dx = scale (dy - mean(dy) - x_hat mean(dy x_hat)), each difference taken before it is scaled.
        let share = if self.through_batch { 1.0 / self.count as f64 } else { 0.0 };
        let mean_gradient: Vec<f32> = sums.iter().map(|[plain, _]| (plain * share) as f32).collect();
        let slope = sums.iter().zip(&self.norms);
        let slope: Vec<f32> = slope
            .map(|([_, weighted], norm)| (weighted * norm.inverse * norm.inverse * share) as f32)
            .collect();
        let factors = NormInputGradient { scale: &self.scale, mean_gradient: &mean_gradient, slope: &slope };
        match (x, residual) {
            (Some(x), None) => {
                norm_backward_input_in_place(norm, factors, &mut gradient).map_err(in_backward)?;
                x.add(grads, gradient)?;
            }
            (Some(x), Some(residual)) => {
                let mut before = recycle::take(gradient.len());
                norm_backward_input(norm, factors, &gradient, &mut before).map_err(in_backward)?;
                x.add(grads, before)?;
                residual.add(grads, gradient)?;
            }
            (None, Some(residual)) => residual.add(grads, gradient)?,
            (None, None) => recycle::give(gradient),
        }
        [self.input, self.output].into_iter().flatten().for_each(recycle::give_shared);
        Ok(())
    }
}
