//! Batch normalisation with running statistics, as one scale and one shift per channel.

use super::EngineError;
use camlab_nn::Network;
use camlab_nn::graph::{NodeId, Op};

/// `x * scale + shift`, per channel.
#[derive(Debug, Clone)]
pub(super) struct FoldedAffine {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl FoldedAffine {
    /// Folds the batch norm at `node` in `f64`: `gamma / sqrt(var + eps)` and `beta - mean * scale`.
    pub fn of(network: &Network, node: NodeId) -> Result<Self, EngineError> {
        let Op::BatchNorm { eps, .. } = network.graph().node(node).op else {
            return Err(unsupported(network, node, "is not a batch norm"));
        };
        let [gamma, beta, mean, var] = &network.values()[network.parameters_of(node)] else {
            return Err(unsupported(network, node, "does not have the four parameters of a batch norm"));
        };
        let scales = gamma.iter().zip(var.iter());
        let scales = scales.map(|(&gamma, &var)| f64::from(gamma) / (f64::from(var) + f64::from(eps)).sqrt());
        let scales: Vec<f64> = scales.collect();
        let shifts = beta.iter().zip(mean.iter()).zip(&scales);
        let shift = shifts.map(|((&beta, &mean), scale)| (f64::from(beta) - f64::from(mean) * scale) as f32);
        Ok(Self { shift: shift.collect(), scale: scales.iter().map(|&scale| scale as f32).collect() })
    }
}

pub(super) fn unsupported(network: &Network, node: NodeId, reason: &str) -> EngineError {
    EngineError::Unsupported { node: network.graph().node(node).name.clone(), reason: reason.to_owned() }
}
