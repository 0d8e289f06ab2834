//! One map of one image, without a report.

use std::path::Path;

use anyhow::Context as _;

use super::events::RunEvents;
use super::stop::StopRequest;
use super::weights;
use camlab_data::{self as data, InputSize};
use camlab_explain::target::class_of;
use camlab_explain::{CamExtractor, most_probable};
use camlab_nn::Images;
use camlab_parts::cam::CamSpec;
use camlab_plan::{Facts, Plan};
use camlab_raster::{Map, Rgb};
use camlab_stage::{Job, Progress, Verbosity};
use camlab_store::Store;

/// Image, method, layer, target class and network of one map.
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
    /// Name of the network, an initialisation or a fusion; `None`: the only one.
    pub network: Option<&'a str>,
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
    /// Name of the most probable class.
    pub predicted: String,
    /// Softmax probability of the most probable class.
    pub probability: f32,
}

/// Computes one map with a network of a plan's first cell; downloads missing checkpoints.
///
/// # Errors
/// An unknown network, class or layer, an unreadable image, a network that is not trained yet.
pub fn ask(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    question: &ProbeRequest<'_>,
) -> anyhow::Result<ProbeOutput> {
    let cell = plan.cells.first().context("the experiment has no cell")?;
    let experiment = &cell.experiment;
    let names = experiment.networks();
    let init = match question.network {
        Some(name) => names.iter().position(|known| *known == name),
        None if names.len() == 1 => Some(0),
        None => None,
    };
    let init = init.with_context(|| format!("use --network with one of {}", names.join(", ")))?;
    let planned = plan.network(0, names[init]).context("the plan does not contain the network")?;
    let events = RunEvents::new(Verbosity::Normal, StopRequest::default());
    let progress = Progress::new(&events);
    weights::download(facts, progress)?;
    let job = Job { stage: &planned.reader, store, progress, own_process: false };
    let network = planned
        .source
        .load(&job, "network")
        .with_context(|| format!("cannot load network `{}`; run `camlab run FILE` first", names[init]))?;

    let classes =
        &facts.dataset(&experiment.data.test).context("the facts of data.test were not collected")?.classes;
    let target = question.target.map(|name| class_of(name, classes)).transpose()?;
    let photo =
        data::decode(question.image, experiment.data.on_bad_image, experiment.data.test.reading().exif)?;
    let input = &experiment.data.input;
    let fitted = data::resize(photo.clone(), input.size, input.filter);
    let mut pixels = vec![0.0; 3 * input.size.height * input.size.width];
    input.normalise.write(&fitted, &mut pixels);
    let InputSize { height, width } = input.size;
    let images = Images { pixels: pixels.into(), count: 1, height, width };
    let precision = facts.precision(experiment.precision);
    let extractor =
        CamExtractor::new(&network, question.method, question.layer, precision, [height, width], 1)?;
    let output = extractor.maps(&images, target)?.remove(0);
    let predicted = most_probable(&output.logits);
    let probabilities = network.graph().probabilities().of(&output.logits);
    Ok(ProbeOutput {
        map: output.map,
        photo,
        target: classes[output.target].clone(),
        predicted: classes[predicted].clone(),
        probability: probabilities[predicted],
    })
}
