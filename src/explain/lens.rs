//! One method of one network, outside any plan: what `camlab cam` and `camlab bench` look through.

use super::frozen::{BATCH, ComputeOptions};
use super::request::Request;
use super::session::{BatchOutput, ImageMap, Session};
use super::target::Pick;
use camlab_config::MapOptions;
use camlab_engine::Precision;
use camlab_nn::{Images, Network};
use camlab_parts::cam::{CamSpec, Needs};
use camlab_raster::{Flag, Interpolation, Map};

/// A network frozen for one method.
pub struct CamExtractor {
    session: Session,
    classes: usize,
}

/// What is seen of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct CamOutput {
    /// The map on the layer's own grid, any range.
    pub map: Map,
    /// What is odd about it.
    pub flag: Flag,
    /// The class it was made for.
    pub target: usize,
    /// Class scores before any softmax.
    pub logits: Vec<f32>,
    /// Forward passes it took.
    pub forwards: u64,
}

impl CamExtractor {
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
        Self::with(network, method, &[layer.to_owned()], &MapOptions::default(), precision, size, batch)
    }

    /// The same at several layers, or with more than a method: a [`MapOptions`], whose target is left to [`CamExtractor::look`].
    /// Joined maps are enlarged bilinearly.
    ///
    /// # Errors
    /// As [`CamExtractor::new`]; several layers that nothing joins.
    pub fn with(
        network: &Network,
        method: &CamSpec,
        layers: &[String],
        look: &MapOptions,
        precision: Precision,
        size: [usize; 2],
        batch: usize,
    ) -> anyhow::Result<Self> {
        let request = Request::new(method, layers, look, network)?;
        // Passes under masks and without channels come in numbers even for one image.
        let batch = match request.cam.needs() {
            Needs::MaskedImages | Needs::AblatedChannels => BATCH,
            _ => batch.clamp(1, BATCH),
        };
        let numbers = ComputeOptions { precision, size, batch };
        let session = Session::new(network, vec![request], look, numbers, Interpolation::Bilinear)?;
        Ok(Self { session, classes: network.graph().classes().unwrap_or(0) })
    }

    /// The maps of some images: of the class `target`, or of each image's most probable one.
    ///
    /// # Errors
    /// Images of another size or a class that the network lacks, a network that answers no finite number.
    pub fn look(&self, images: &Images, target: Option<usize>) -> anyhow::Result<Vec<CamOutput>> {
        match target {
            Some(class) => self.look_for(images, &[class]),
            None => self.look_for(images, &[]),
        }
    }

    /// The mean over several classes, each counting alike; none stand for each image's most probable one.
    ///
    /// # Errors
    /// As [`CamExtractor::look`].
    pub fn look_for(&self, images: &Images, classes: &[usize]) -> anyhow::Result<Vec<CamOutput>> {
        let known = self.classes;
        if let Some(class) = classes.iter().find(|class| **class >= known) {
            anyhow::bail!("no class {class}; give a number below {known}");
        }
        let weight = 1.0 / classes.len().max(1) as f32;
        let given: Vec<Pick> = classes.iter().map(|class| Pick { class: *class, weight }).collect();
        let choose = |logits: &[f32]| match given.is_empty() {
            true => super::target::TargetRule::Predicted.choose(logits, &vec![0; images.count]),
            false => vec![given.clone(); images.count],
        };
        let BatchOutput { logits, targets, mut maps, .. } = self.session.look(images, choose)?;
        let sights = maps.remove(0).into_iter().zip(targets).zip(logits.chunks_exact(known.max(1)));
        let sight =
            |((ImageMap { map, flag, forwards, .. }, target), logits): ((ImageMap, usize), &[f32])| {
                CamOutput { map, flag, target, logits: logits.to_vec(), forwards }
            };
        Ok(sights.map(sight).collect())
    }
}
