//! Computes the map of one image at one layer from the activations and gradients of the passes.

use super::forward_pass::Captured;
use super::frozen::Frozen;
use super::request::Request;
use camlab_engine::{Memo, PassCount, Variants};
use camlab_nn::graph::NodeId;
use camlab_parts::cam::{CamError, Features, GradientQueries, Needs, NetworkQueries, eigen_smooth};
use camlab_raster::Map;

/// One image of a batch, with the results of the batch's passes.
pub(super) struct View<'a> {
    /// Activations, gradients and logits of the batch.
    pub seen: &'a Captured,
    /// The network and its engines.
    pub frozen: &'a Frozen,
    /// Position of the image in the batch.
    pub image: usize,
    /// Counts the additional forward passes that a method runs itself.
    pub tally: &'a PassCount,
}

impl View<'_> {
    /// The map at one layer, on the layer's grid; `tap` is the layer's position among the taps. Where the method's
    /// weights are not finite, every value of the map is NaN.
    pub fn map(
        &self,
        request: &Request,
        node: NodeId,
        tap: usize,
        memo: Option<&Memo<'_>>,
    ) -> anyhow::Result<Map> {
        let &Self { seen, frozen, image, tally } = self;
        let cam = &*request.cam;
        let needs = cam.needs();
        let target = seen.target_of(image);
        let activation = match needs {
            Needs::MaskedImages => seen.exact(node).unwrap_or(seen.activation(tap)),
            _ => seen.activation(tap),
        };
        let (channels, height, width) = (activation.channels, activation.height, activation.width);
        let activations = activation.image(image);
        let gradients = match needs {
            Needs::Gradients => seen.gradient(tap).map_or(&[][..], |gradient| gradient.image(image)),
            _ => &[],
        };
        let pooled = || frozen.network.graph().feeds_global_pool(node);
        let classifier = match needs {
            Needs::Classifier => frozen.network.classifier_weights(target)?,
            Needs::AblatedChannels if pooled() => frozen.network.classifier_weights(target)?,
            _ => &[],
        };
        let variants = match needs {
            Needs::MaskedImages => {
                Some(Variants::new(frozen.passes.whole(), seen.image(image), frozen.numbers.size))
            }
            Needs::AblatedChannels => {
                frozen.behind(node).map(|engine| Variants::new(engine, activations, [height, width]))
            }
            _ => None,
        }
        .transpose()?
        .map(|variants| variants.remembering(memo).counted(tally));
        let features = Features {
            activations,
            gradients,
            classifier,
            weights: &[],
            image: frozen.numbers.size,
            channels,
            height,
            width,
        };
        let score = seen.logits_of(image)[target];
        let gradients = (needs == Needs::GradientQueries).then(|| {
            GradientQueries::new(&frozen.network, node, seen.image(image), frozen.numbers.size).counted(tally)
        });
        let weights = match cam.weights(NetworkQueries { features, target, score, variants, gradients }) {
            Err(CamError::NotFinite { .. }) => {
                return Ok(Map::new(height, width, vec![f32::NAN; height * width]));
            }
            weights => weights?,
        };
        let features = Features { weights: &weights, ..features };
        let mut map = match request.eigen_smooth {
            true => eigen_smooth(cam, features).ok_or_else(|| {
                anyhow::anyhow!("the method has no maps per channel, which eigen-smooth needs")
            })?,
            false if needs == Needs::Classifier => cam.map_of(features, frozen.network.classifier()?, target),
            false => cam.map(features),
        };
        if request.relu {
            // Not `f32::max`, which would turn NaN into 0.
            map.data.iter_mut().for_each(|value| *value = if *value < 0.0 { 0.0 } else { *value });
        }
        Ok(map)
    }
}
