//! The grey value of colour images, for networks on images of one channel.

use camlab_nn::graph::function::Rescale;
use camlab_nn::graph::layer::{Arithmetic, ArithmeticOp, Slice};
use camlab_nn::graph::{Extent, Function, Layer, NodeId, Op};

use super::importer::Importer;

/// Shares of red, green and blue in luma (ITU-R BT.601; Pillow: `convert("L")`). Their sum is 1, so that a normalisation
/// alike for the three channels may come before.
const SHARES: [f32; 3] = [0.299, 0.587, 0.114];

/// Lets a network for images of one channel take colour images, of which it gets the grey value. Nothing else was imported.
pub(super) fn take_colour(importer: &mut Importer<'_>) -> Result<(), String> {
    let image = NodeId(0);
    let Extent::Image { channels: 1, height, width } = importer.extents[image.0] else { return Ok(()) };
    importer.nodes[image.0].op = Op::Input { channels: SHARES.len() };
    importer.extents[image.0] = Extent::Image { channels: SHARES.len(), height, width };
    let mut sum = image;
    for (channel, share) in SHARES.into_iter().enumerate() {
        let one = Op::Layer(Layer::from(Slice::of_channels(channel, 1)));
        let one = importer.push(HIDDEN, one, vec![image], Vec::new())?;
        let part = Op::Function(Function::from(Rescale { scale: share, shift: 0.0 }));
        let part = importer.push(HIDDEN, part, vec![one], Vec::new())?;
        sum = if channel == 0 {
            part
        } else {
            let add = Op::Layer(Layer::from(Arithmetic { op: ArithmeticOp::Add }));
            let name = if channel + 1 < SHARES.len() { HIDDEN } else { "input/grey" };
            importer.push(name, add, vec![sum, part], Vec::new())?
        };
    }
    // Only the sum is a layer to look at.
    importer.hide(HIDDEN);
    importer.replace_image(sum);
    Ok(())
}

/// First part of the names of nodes in between.
const HIDDEN: &str = "input/part";
