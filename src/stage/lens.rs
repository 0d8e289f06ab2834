//! One method at one layer of one network, outside any plan: what `camlab cam` and `camlab bench` look through.

use anyhow::Context as _;

use super::frozen::{BATCH, Frozen, Numbers};
use super::look::look;
use super::make::make;
use super::request::{Request, Taps};
use super::target::TargetRule;
use crate::engine::Precision;
use crate::nn::graph::NodeId;
use crate::nn::{Images, Network};
use crate::parts::cam::{CamSpec, Needs};
use crate::raster::{Interpolation, Map};

/// A network frozen for one method at one layer.
pub struct Lens {
    method: CamSpec,
    node: NodeId,
    taps: Taps,
    frozen: Frozen,
}

/// What is seen of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// The map on the layer's own grid, any range.
    pub map: Map,
    /// The class it was made for.
    pub target: usize,
    /// Class scores before any softmax.
    pub logits: Vec<f32>,
}

impl Lens {
    /// Freezes `network` for `method` at `layer`, for images of `[height, width]`, `batch` of them together.
    ///
    /// # Errors
    /// A baseline, an unknown layer, one where the method is not defined, a precision that the machine lacks.
    pub fn new(
        network: &Network,
        method: &CamSpec,
        layer: &str,
        precision: Precision,
        size: [usize; 2],
        batch: usize,
    ) -> anyhow::Result<Self> {
        let name = method.name();
        let cam = method.cam().with_context(|| format!("`{name}` is a baseline and looks at no network"))?;
        let node = network.graph().tap(layer)?;
        anyhow::ensure!(
            cam.needs() != Needs::Classifier || network.graph().feeds_global_pool(node),
            "`{name}` is not defined at `{layer}`: the classifier does not see that layer"
        );
        // Passes under masks and without channels come in numbers even for one image.
        let batch = match cam.needs() {
            Needs::MaskedImages | Needs::AblatedChannels => BATCH,
            _ => batch.clamp(1, BATCH),
        };
        let request = [Request::single(cam, node)];
        let taps = Taps::new(&request);
        let frozen = Frozen::new(network, &request, &taps, Numbers { precision, size, batch })?;
        Ok(Self { method: method.clone(), node, taps, frozen })
    }

    /// The maps of some images: of the class `target`, or of each image's most probable one.
    ///
    /// # Errors
    /// Images of another size or a class that the network lacks, a network that answers no finite number.
    pub fn look(&self, images: &Images, target: Option<usize>) -> anyhow::Result<Vec<Sight>> {
        let classes = self.frozen.network.graph().classes().unwrap_or(0);
        let rule = match target {
            Some(class) => {
                anyhow::ensure!(class < classes, "no class {class}; give a number below {classes}");
                TargetRule::Class(class)
            }
            None => TargetRule::Predicted,
        };
        let cam = self.method.cam().context("a baseline looks at no layer")?;
        let request = [Request::single(cam, self.node)];
        let indices: Vec<usize> = (0..images.count).collect();
        let seen = look(&self.frozen, images.clone(), &self.taps, &rule, &indices)?;
        // Nothing is joined, so nothing is enlarged.
        let maps = make(&request, &self.taps, &seen, &self.frozen, Interpolation::Bilinear)?.remove(0);
        let sight = |(image, (map, _)): (usize, (Map, f64))| Sight {
            map,
            target: seen.target_of(image),
            logits: seen.logits_of(image).to_vec(),
        };
        Ok(maps.into_iter().enumerate().map(sight).collect())
    }
}
