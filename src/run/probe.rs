//! Maps of single photographs, without a report.

use std::path::Path;

use anyhow::Context as _;

use super::events::RunEvents;
use super::stop::StopRequest;
use super::weights;
use camlab_data::{self as data, ExifOrientation, InputSize, InputSpec, OnBadImage};
use camlab_engine::Precision;
use camlab_explain::CamExtractor;
use camlab_explain::target::class_of;
use camlab_nn::{Images, Network};
use camlab_parts::cam::CamSpec;
use camlab_plan::{Facts, Plan};
use camlab_raster::{Map, Rgb};
use camlab_stage::{Job, Progress, Verbosity};
use camlab_store::Store;

/// Number of classes that an answer names.
const SHOWN_CLASSES: usize = 5;

/// Image, method, layer and target class of one map.
#[derive(Debug)]
pub struct ProbeRequest<'a> {
    /// The photograph's file.
    pub image: &'a Path,
    /// The CAM method.
    pub method: &'a CamSpec,
    /// The layer's name.
    pub layer: &'a str,
    /// Class name or number; `None`: the predicted class.
    pub target: Option<&'a str>,
}

/// One map and the network's prediction.
#[derive(Debug)]
pub struct ProbeOutput {
    /// The map on the layer's own grid, not normalised.
    pub map: Map,
    /// The photograph at its own size.
    pub photo: Rgb,
    /// Name of the target class.
    pub target: String,
    /// The most probable classes with their probabilities, at most five, the most probable first.
    pub ranked: Vec<(String, f32)>,
}

/// A network with all that it takes to show it a photograph.
pub struct Probe {
    /// The network, with its weights.
    pub network: Network,
    /// Class names in the order of the scores.
    pub classes: Vec<String>,
    /// Size and normalisation of the input.
    pub input: InputSpec,
    /// Treatment of files that are not 8-bit RGB.
    pub on_bad_image: OnBadImage,
    /// Treatment of the EXIF orientation of photographs.
    pub exif: ExifOrientation,
    /// Number format of the passes.
    pub precision: Precision,
}

impl Probe {
    /// A network of a plan's first cell; downloads missing checkpoints. `network` names an initialisation or a fusion;
    /// `None`: the only one.
    ///
    /// # Errors
    /// An unknown network, or one that is not trained yet.
    pub fn of_plan(plan: &Plan, facts: &Facts, store: &Store, network: Option<&str>) -> anyhow::Result<Self> {
        let cell = plan.cells.first().context("the experiment has no cell")?;
        let experiment = &cell.experiment;
        let names = experiment.networks();
        let name = match network {
            Some(name) => names.iter().find(|known| **known == name),
            None if names.len() == 1 => names.first(),
            None => None,
        };
        let name = name.with_context(|| format!("use --network with one of {}", names.join(", ")))?;
        let planned = plan.network(0, name).context("the plan does not contain the network")?;
        let events = RunEvents::new(Verbosity::Normal, StopRequest::default());
        let progress = Progress::new(&events);
        weights::download(facts, progress)?;
        let job = Job { stage: &planned.reader, store, progress, own_process: false };
        let network = planned
            .source
            .load(&job, "network")
            .with_context(|| format!("cannot load network `{name}`; run `camlab run FILE` first"))?;
        let test =
            facts.dataset(&experiment.data.test).context("the facts of data.test were not collected")?;
        Ok(Self {
            network,
            classes: test.classes.clone(),
            input: experiment.data.input.clone(),
            on_bad_image: experiment.data.on_bad_image,
            exif: experiment.data.test.reading().exif,
            precision: facts.precision(experiment.precision),
        })
    }

    /// Computes one map.
    ///
    /// # Errors
    /// An unknown class or layer, an unreadable image.
    pub fn ask(&self, question: &ProbeRequest<'_>) -> anyhow::Result<ProbeOutput> {
        let target = question.target.map(|name| class_of(name, &self.classes)).transpose()?;
        let photo = data::decode(question.image, self.on_bad_image, self.exif)?;
        let InputSize { height, width } = self.input.size;
        let fitted = data::resize(photo.clone(), self.input.size, self.input.filter);
        let mut pixels = vec![0.0; 3 * height * width];
        self.input.normalise.write(&fitted, &mut pixels);
        let images = Images { pixels: pixels.into(), count: 1, height, width };
        let extractor = CamExtractor::new(
            &self.network,
            question.method,
            question.layer,
            self.precision,
            [height, width],
            1,
        )?;
        let output = extractor.maps(&images, target)?.pop().context("the network gave no map")?;
        let name = |class: usize| self.classes.get(class).cloned().unwrap_or_else(|| class.to_string());
        let probabilities = self.network.graph().probabilities().of(&output.logits);
        let mut order: Vec<usize> = (0..output.logits.len()).collect();
        order.sort_by(|a, b| output.logits[*b].total_cmp(&output.logits[*a]));
        let ranked = order
            .into_iter()
            .take(SHOWN_CLASSES)
            .filter_map(|class| Some((name(class), *probabilities.get(class)?)));
        Ok(ProbeOutput { photo, target: name(output.target), ranked: ranked.collect(), map: output.map })
    }
}
