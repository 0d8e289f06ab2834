use super::pass::TapeWalk;
use super::{Images, Network, NetworkError, NormStatistics};
use crate::OpError;
use crate::graph::NodeId;
use crate::ops::BatchStatistics;
use camlab_kernel::{Moments, channel_moments};

/// Mean and variance of every channel of one node's output.
pub(crate) type ChannelMoments = Vec<Moments>;

impl Network {
    /// The moments of some nodes' outputs over a batch, in evaluation mode.
    pub(crate) fn moments(
        &self,
        images: &Images,
        nodes: &[NodeId],
    ) -> Result<Vec<ChannelMoments>, NetworkError> {
        let mut pass = TapeWalk::new(self, images, self.constants(), NormStatistics::Running, nodes)?;
        let mut found = vec![Vec::new(); nodes.len()];
        for id in self.graph().ids() {
            pass.advance(id)?;
            for (_, found) in nodes.iter().zip(&mut found).filter(|(node, _)| **node == id) {
                *found = moments(&pass, id)?;
                // From here on only the network reads it.
                pass.release(id);
            }
        }
        Ok(found)
    }

    /// Batch statistics of all batch norms when each normalises by the batch itself, as in training; `alter`
    /// may change the output of every node in `altered`, whose moments it receives, before it is read.
    pub(crate) fn batch_statistics(
        &self,
        images: &Images,
        altered: &[NodeId],
        mut alter: impl FnMut(NodeId, &ChannelMoments, &mut [f32]),
    ) -> Result<Vec<(NodeId, BatchStatistics)>, NetworkError> {
        let mut pass = TapeWalk::new(self, images, self.constants(), NormStatistics::Batch, &[])?;
        for id in self.graph().ids() {
            pass.advance(id)?;
            if altered.contains(&id) {
                let moments = moments(&pass, id)?;
                pass.alter(id, |values| alter(id, &moments, values));
            }
        }
        Ok(pass.finish().0)
    }
}

fn moments(pass: &TapeWalk<'_>, id: NodeId) -> Result<ChannelMoments, NetworkError> {
    let value = pass.value(id)?;
    let channels = value.shape.last().copied().unwrap_or(1);
    let failed = |source| {
        let source = OpError::Kernel { op: "moments", input: value.shape.clone(), source };
        NetworkError::from(source)
    };
    channel_moments(&value.data, channels).map_err(failed)
}
