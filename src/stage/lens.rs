//! One method at one layer of one network, for images from anywhere: what benches time.

use anyhow::Context as _;

use super::frozen::{Frozen, Numbers};
use super::look::look;
use super::make::make;
use super::request::{Request, Taps};
use super::target::TargetRule;
use crate::engine::Precision;
use crate::nn::{Images, Network};
use crate::parts::cam::{CamSpec, Needs};
use crate::raster::{Interpolation, Map};

/// A network frozen for one method at one layer, as a run freezes it.
pub struct Lens<'a> {
    frozen: Frozen<'a>,
    request: [Request<'a>; 1],
    taps: Taps,
}

impl<'a> Lens<'a> {
    /// Freezes `network` for images of `size`, `[height, width]`.
    ///
    /// # Errors
    /// A method that looks at no network or not at this layer, a layer or a precision that is not there, a size that
    /// does not fit.
    pub fn new(
        network: &'a Network,
        method: &'a CamSpec,
        layer: &str,
        precision: Precision,
        size: [usize; 2],
    ) -> anyhow::Result<Self> {
        let cam = method.cam().with_context(|| format!("`{}` looks at no network", method.name()))?;
        let node = network.graph().tap(layer)?;
        anyhow::ensure!(
            cam.needs() != Needs::Classifier || network.graph().feeds_global_pool(node),
            "`{}` is not defined at `{layer}`: the classifier does not see that layer",
            method.name()
        );
        let request = [Request::single(cam, node)];
        let taps = Taps::new(&request);
        let frozen = Frozen::new(network, &taps, Numbers { precision, size })?;
        Ok(Self { frozen, request, taps })
    }

    /// The map of the predicted class of every image, on the layer's own grid.
    ///
    /// # Errors
    /// Images of another size, or a network that answers no numbers.
    pub fn maps(&self, images: &Images) -> anyhow::Result<Vec<Map>> {
        let labels = vec![0; images.count];
        let seen = look(&self.frozen, images.pixels.to_vec(), &self.taps, &TargetRule::Predicted, &labels)?;
        // One layer is combined with nothing: the interpolation is not used.
        let mut made = make(&self.request, &self.taps, &seen, &self.frozen, Interpolation::Bilinear)?;
        Ok(made.remove(0).into_iter().map(|(map, _)| map).collect())
    }
}
