//! The grey value of colour images, for networks on images of one channel.

use camlab_nn::graph::function::Rescale;
use camlab_nn::graph::layer::{Arithmetic, ArithmeticOp, Slice};
use camlab_nn::graph::{Function, Layer, NodeId, Op};

use super::importer::Importer;

/// Shares of red, green and blue in luma (ITU-R BT.601; Pillow: `convert("L")`). Their sum is 1, so that a normalisation
/// alike for the three channels may come before.
const SHARES: [f32; 3] = [0.299, 0.587, 0.114];

/// Adds the nodes of the grey value of `image`, which has three channels. Only the last one is a layer to look at.
pub(super) fn grey(importer: &mut Importer<'_>, image: NodeId) -> Result<NodeId, String> {
    let mut sum = None;
    for (channel, share) in SHARES.into_iter().enumerate() {
        let one = Op::Layer(Layer::from(Slice::of_channels(channel, 1)));
        let one = importer.push(HIDDEN, one, vec![image], Vec::new())?;
        let part = Op::Function(Function::from(Rescale { scale: share, shift: 0.0 }));
        let part = importer.push(HIDDEN, part, vec![one], Vec::new())?;
        sum = Some(match sum {
            None => part,
            Some(before) => {
                let add = Op::Layer(Layer::from(Arithmetic { op: ArithmeticOp::Add }));
                let name = if channel + 1 < SHARES.len() { HIDDEN } else { "input/grey" };
                importer.push(name, add, vec![before, part], Vec::new())?
            }
        });
    }
    importer.hide(HIDDEN);
    Ok(sum.unwrap_or(image))
}

/// First part of the names of nodes in between.
const HIDDEN: &str = "input/part";
