//! One map of one image, outside any report.

use std::path::Path;

use anyhow::Context as _;

use super::frozen::{Frozen, Numbers};
use super::look::look;
use super::make::make;
use super::map_file::Prediction;
use super::request::{Request, Taps};
use super::target::{TargetRule, class_of};
use super::{StageError, Store, network};
use crate::parts::cam::CamSpec;
use crate::parts::dataset;
use crate::plan::{Facts, Plan};
use crate::raster::{Map, Rgb};

/// What to look at, and how.
#[derive(Debug)]
pub struct Question<'a> {
    /// The photograph's file.
    pub image: &'a Path,
    /// The CAM method.
    pub method: &'a CamSpec,
    /// The layer's name.
    pub layer: &'a str,
    /// Class name or number; `None`: the predicted class.
    pub target: Option<&'a str>,
    /// Which initialisation's network; `None`: the only one.
    pub network: Option<&'a str>,
}

/// What was seen.
#[derive(Debug)]
pub struct Answer {
    /// The map on the layer's own grid, any range.
    pub map: Map,
    /// The photograph as it was read.
    pub photo: Rgb,
    /// The class the map was made for.
    pub target: String,
    /// The most probable class.
    pub predicted: String,
    /// Its softmax probability.
    pub probability: f32,
}

/// Makes one map with the network of a plan's first cell.
///
/// # Errors
/// What is unknown, unreadable, or not trained yet, by name.
pub fn ask(plan: &Plan, facts: &Facts, store: &Store, question: &Question<'_>) -> anyhow::Result<Answer> {
    let cell = plan.cells.first().context("the experiment has no cell")?;
    let experiment = &cell.experiment;
    let names: Vec<&str> = experiment.init.iter().map(|init| init.name.as_str()).collect();
    let init = match question.network {
        Some(name) => names.iter().position(|known| *known == name),
        None if names.len() == 1 => Some(0),
        None => None,
    };
    let init = init.with_context(|| format!("name the network with --network: {}", names.join(", ")))?;
    let stage = plan.network_of(0, names[init]).context("the plan has no such network")?;
    let network = network::finished(plan, facts, store, stage)
        .with_context(|| format!("network `{}` is not ready; `camlab run` trains it", names[init]))?;

    let classes = &facts.dataset(&experiment.data.test).context("the test data was not looked at")?.classes;
    let rule = match question.target {
        Some(name) => TargetRule::Class(class_of(name, classes)?),
        None => TargetRule::Predicted,
    };
    let cam = question.method.cam().ok_or_else(|| {
        StageError::Input(format!("`{}` is a baseline and looks at no layer", question.method.name()))
    })?;
    let request = [Request::single(cam, network.graph().tap(question.layer)?)];
    let taps = Taps::new(&request);

    let photo = dataset::decode(question.image, experiment.data.on_bad_image)?;
    let input = &experiment.data.input;
    let fitted = dataset::resize(photo.clone(), input.size, input.filter);
    let mut pixels = vec![0.0; 3 * input.size.height * input.size.width];
    input.normalise.write(&fitted, &mut pixels);
    let size = [input.size.height, input.size.width];
    let numbers = Numbers { precision: facts.precision(experiment.precision), size };
    let frozen = Frozen::new(&network, &taps, numbers)?;
    let seen = look(&frozen, pixels, &taps, &rule, &[0])?;
    let prediction = Prediction::new(seen.logits_of(0), 0);
    let (map, _) = make(&request, &taps, &seen, &frozen, experiment)?.remove(0).remove(0);
    Ok(Answer {
        map,
        photo,
        target: classes[seen.target_of(0)].clone(),
        predicted: classes[prediction.class].clone(),
        probability: prediction.probability,
    })
}
