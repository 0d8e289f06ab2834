//! One CAM method on one network, outside any plan; used by `camlab cam` and `camlab bench`.

use super::compute::{BATCH, ComputeOptions};
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

/// The map and the logits of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct CamOutput {
    /// The map on the layer's own grid (at the input's size where several layers are combined), not normalised.
    pub map: Map,
    /// Degenerate content of the map, such as NaN.
    pub flag: Flag,
    /// The target class; the first of several.
    pub target: usize,
    /// Logits, one per class.
    pub logits: Vec<f32>,
    /// Number of forward passes that the map needed.
    pub forwards: u64,
}

impl CamExtractor {
    /// Prepares `network` for `method` at `layer`, for images of `[height, width]`, `batch` of them per pass.
    ///
    /// # Errors
    /// A baseline, an unknown layer, a layer where the method is not defined, a precision that the machine lacks.
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

    /// The same at several layers or with [`MapOptions`], whose target is ignored: [`CamExtractor::maps`] takes it.
    /// Combined maps are upsampled bilinearly.
    ///
    /// # Errors
    /// As [`CamExtractor::new`]; several layers without a rule to combine them.
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
        // Masked images and ablated channels make full batches even from one image.
        let batch = match request.cam.needs() {
            Needs::MaskedImages | Needs::AblatedChannels => BATCH,
            _ => batch.clamp(1, BATCH),
        };
        let numbers = ComputeOptions { precision, size, batch };
        let session = Session::new(network, vec![request], look, numbers, Interpolation::Bilinear)?;
        Ok(Self { session, classes: network.graph().classes().unwrap_or(0) })
    }

    /// Keeps the pixels of corrected images (`refine` with `clamp`) within the smallest and the largest input value of each
    /// channel. Without it they are not limited, since only the caller knows how the images were normalised.
    #[must_use]
    pub fn within(self, range: [[f32; 2]; 3]) -> Self {
        Self { session: self.session.within(range), ..self }
    }

    /// The maps of some images for the class `target`, or for each image's most probable class.
    ///
    /// # Errors
    /// Images of another size, a class that the network lacks, logits that are not finite.
    pub fn maps(&self, images: &Images, target: Option<usize>) -> anyhow::Result<Vec<CamOutput>> {
        match target {
            Some(class) => self.maps_for(images, &[class]),
            None => self.maps_for(images, &[]),
        }
    }

    /// The unweighted mean map over several classes; an empty list means each image's most probable class.
    ///
    /// # Errors
    /// As [`CamExtractor::maps`].
    pub fn maps_for(&self, images: &Images, classes: &[usize]) -> anyhow::Result<Vec<CamOutput>> {
        let known = self.classes;
        if let Some(class) = classes.iter().find(|class| **class >= known) {
            anyhow::bail!("no class {class}; use a number less than {known}");
        }
        let weight = 1.0 / classes.len().max(1) as f32;
        let given: Vec<Pick> = classes.iter().map(|class| Pick { class: *class, weight }).collect();
        let choose = |logits: &[f32]| match given.is_empty() {
            true => super::target::TargetRule::Predicted.choose(logits, &vec![0; images.count]),
            false => vec![given.clone(); images.count],
        };
        let BatchOutput { logits, targets, mut maps, .. } = self.session.maps(images, choose)?;
        let outputs = maps.remove(0).into_iter().zip(targets).zip(logits.chunks_exact(known.max(1)));
        let output =
            |((ImageMap { map, flag, forwards, .. }, target), logits): ((ImageMap, usize), &[f32])| {
                CamOutput { map, flag, target, logits: logits.to_vec(), forwards }
            };
        Ok(outputs.map(output).collect())
    }
}
