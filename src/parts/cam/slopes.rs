//! Gradients at will: of any sum of class scores, for any version of the image, at the layer or at the pixels.

use std::sync::Arc;

use super::CamError;
use camlab_engine::PassCount;
use camlab_nn::graph::NodeId;
use camlab_nn::ops::ReluRule;
use camlab_nn::{Attribution, Images, Network};

/// One image, one layer and the network that answers for changed versions of the image. Always in `f32`.
#[derive(Debug, Clone, Copy)]
pub struct GradientQueries<'a> {
    network: &'a Network,
    layer: NodeId,
    image: &'a [f32],
    size: [usize; 2],
    rule: ReluRule,
    tally: Option<&'a PassCount>,
}

impl<'a> GradientQueries<'a> {
    /// Gradients at `layer` of versions of `image`, `[height, width, colours]` of `size`.
    pub fn new(network: &'a Network, layer: NodeId, image: &'a [f32], size: [usize; 2]) -> Self {
        Self { network, layer, image, size, rule: ReluRule::Derivative, tally: None }
    }

    /// Counts every pass in `tally`.
    pub fn counted(self, tally: &'a PassCount) -> Self {
        Self { tally: Some(tally), ..self }
    }

    /// The same with guided backpropagation in place of gradients.
    pub fn guided(self) -> Self {
        Self { rule: ReluRule::Guided, ..self }
    }

    /// The image as it is, `[height, width, colours]`.
    pub fn image(&self) -> &'a [f32] {
        self.image
    }

    /// The image's `[height, width]`.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The network.
    pub fn network(&self) -> &'a Network {
        self.network
    }

    /// Activations at `taps` for an image and the gradients there of `factors(logits) . logits`.
    ///
    /// # Errors
    /// [`CamError`] for pixels of another number than the image's, or factors of another than the classes'.
    pub fn at(
        &self,
        taps: &[NodeId],
        pixels: Vec<f32>,
        factors: impl FnOnce(&[f32]) -> Result<Vec<f32>, CamError>,
    ) -> Result<Attribution, CamError> {
        let [height, width] = self.size;
        let images = Images { pixels: Arc::new(pixels), count: 1, height, width };
        self.attribute(&images, taps, factors)
    }

    /// The same at the layer.
    ///
    /// # Errors
    /// As [`GradientQueries::at`].
    pub fn at_layer(
        &self,
        pixels: Vec<f32>,
        factors: impl FnOnce(&[f32]) -> Result<Vec<f32>, CamError>,
    ) -> Result<Attribution, CamError> {
        self.at(&[self.layer], pixels, factors)
    }

    /// The same at the pixels, `[height, width, colours]`.
    ///
    /// # Errors
    /// As [`GradientQueries::at`].
    pub fn at_pixels(&self, pixels: Vec<f32>, target: usize) -> Result<Attribution, CamError> {
        self.at(&[NodeId(0)], pixels, |logits| only(target, logits))
    }

    /// Class scores for an activation `[height, width, channels]` of the layer.
    ///
    /// # Errors
    /// A layer that the rest of the network does not start from.
    pub fn behind(&self, activation: Vec<f32>, grid: [usize; 2]) -> Result<Vec<f32>, CamError> {
        let tail = self.network.tail(self.layer)?;
        self.count();
        let images = Images { pixels: Arc::new(activation), count: 1, height: grid[0], width: grid[1] };
        Ok(tail.infer(&images, &[])?.logits)
    }

    fn attribute(
        &self,
        images: &Images,
        taps: &[NodeId],
        factors: impl FnOnce(&[f32]) -> Result<Vec<f32>, CamError>,
    ) -> Result<Attribution, CamError> {
        self.count();
        // The network hands on errors of its own only, so one of ours waits here.
        let mut refused = None;
        let found = self.network.attribute(images, taps, self.rule, |logits| {
            Ok(factors(logits).unwrap_or_else(|error| {
                refused = Some(error);
                vec![0.0; logits.len()]
            }))
        })?;
        refused.map_or(Ok(found), Err)
    }

    fn count(&self) {
        if let Some(tally) = self.tally {
            tally.add(1);
        }
    }
}

/// 1 for the class, 0 for the others.
pub(super) fn only(target: usize, logits: &[f32]) -> Result<Vec<f32>, CamError> {
    let mut factors = vec![0.0; logits.len()];
    let classes = logits.len();
    *factors.get_mut(target).ok_or(CamError::Class { class: target, classes })? = 1.0;
    Ok(factors)
}
