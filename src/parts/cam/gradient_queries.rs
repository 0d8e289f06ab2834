//! Extra backward passes: gradients of any weighted sum of logits, for any version of the image, at the layer or the
//! pixels.

use std::sync::Arc;

use super::CamError;
use camlab_engine::PassCount;
use camlab_nn::graph::NodeId;
use camlab_nn::ops::ReluRule;
use camlab_nn::{Attribution, ClassProbabilities, Images, Network};

/// One image, one layer and the network that computes gradients for changed versions of the image. Always in `f32`.
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
    /// The probabilities that the network's class scores stand for.
    pub fn probabilities(&self) -> ClassProbabilities {
        self.network.graph().probabilities()
    }

    /// Queries at `layer` for versions of `image`, `[height, width, colours]`; `size` is `[height, width]`.
    pub fn new(network: &'a Network, layer: NodeId, image: &'a [f32], size: [usize; 2]) -> Self {
        Self { network, layer, image, size, rule: ReluRule::Derivative, tally: None }
    }

    /// Counts every pass in `tally`.
    pub fn counted(self, tally: &'a PassCount) -> Self {
        Self { tally: Some(tally), ..self }
    }

    /// The same queries with guided backpropagation in place of gradients.
    pub fn guided(self) -> Self {
        Self { rule: ReluRule::Guided, ..self }
    }

    /// The unchanged image, `[height, width, colours]`.
    pub fn image(&self) -> &'a [f32] {
        self.image
    }

    /// Size `[height, width]` of the image.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The network.
    pub fn network(&self) -> &'a Network {
        self.network
    }

    /// Activations at `taps` for an image, and the gradients of `factors(logits) . logits` there.
    ///
    /// # Errors
    /// [`CamError`] if `pixels` is not of the image's length, or if `factors` fails or does not return one number per
    /// class.
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

    /// As [`GradientQueries::at`], at the layer.
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

    /// As [`GradientQueries::at`], for the logit of `target` at the pixels, `[height, width, colours]`.
    ///
    /// # Errors
    /// As [`GradientQueries::at`].
    pub fn at_pixels(&self, pixels: Vec<f32>, target: usize) -> Result<Attribution, CamError> {
        self.at(&[NodeId(0)], pixels, |logits| only(target, logits))
    }

    /// Logits for an activation `[height, width, channels]` of the layer, from a forward pass that starts there.
    ///
    /// # Errors
    /// [`CamError::Network`] when something downstream of the layer also reads an earlier activation.
    pub fn logits_from_layer(&self, activation: Vec<f32>, grid: [usize; 2]) -> Result<Vec<f32>, CamError> {
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
        // The callback can return only network errors, so a [`CamError`] is kept here.
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

/// One-hot factors: 1 for the target class, 0 for the others.
pub(super) fn only(target: usize, logits: &[f32]) -> Result<Vec<f32>, CamError> {
    let mut factors = vec![0.0; logits.len()];
    let classes = logits.len();
    *factors.get_mut(target).ok_or(CamError::Class { class: target, classes })? = 1.0;
    Ok(factors)
}
