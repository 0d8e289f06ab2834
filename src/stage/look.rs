//! The passes through a network, and the maps that come of them.

use std::time::Instant;

use rayon::prelude::*;

use super::StageError;
use super::target::TargetRule;
use crate::nn::graph::NodeId;
use crate::nn::{Activation, Images, Network};
use crate::parts::cam::{Cam, Features, Needs};
use crate::parts::dataset::InputSize;
use crate::plan::MapStage;
use crate::raster::{Map, min_max, resize};
use crate::spec::{Combine, Experiment};

/// What one batch's passes leave behind.
pub(super) struct Seen {
    logits: Vec<f32>,
    classes: usize,
    targets: Vec<usize>,
    activations: Vec<Activation>,
    gradients: Vec<Activation>,
    seconds: f64,
}

impl Seen {
    pub fn logits_of(&self, image: usize) -> &[f32] {
        &self.logits[image * self.classes..][..self.classes]
    }

    pub fn target_of(&self, image: usize) -> usize {
        self.targets[image]
    }

    /// An image's share of the passes, seconds.
    pub fn seconds_each(&self) -> f64 {
        self.seconds / self.targets.len() as f64
    }
}

/// Forward, and backward if a method needs it.
pub(super) fn look(
    network: &Network,
    pixels: Vec<f32>,
    experiment: &Experiment,
    taps: &Taps,
    target: &TargetRule,
    labels: &[usize],
) -> anyhow::Result<Seen> {
    let started = Instant::now();
    let InputSize { height, width } = experiment.data.input.size;
    let images = Images { pixels: pixels.into(), count: labels.len(), height, width };
    let choose = |logits: &[f32]| target.choose(logits, labels);
    let (logits, activations, gradients) = if taps.gradients {
        let seen = network.forward_with_gradients(&images, &taps.nodes, choose)?;
        (seen.logits, seen.taps, seen.gradients)
    } else {
        let seen = network.infer(&images, &taps.nodes)?;
        (seen.logits, seen.taps, Vec::new())
    };
    if let Some(bad) = logits.iter().find(|logit| !logit.is_finite()) {
        anyhow::bail!("the network answers {bad}: its weights or its input are broken");
    }
    let classes = logits.len() / labels.len();
    let targets = target.choose(&logits, labels);
    Ok(Seen { logits, classes, targets, activations, gradients, seconds: started.elapsed().as_secs_f64() })
}

/// The maps of every request for every image, each with the seconds it took by itself.
pub(super) fn make(
    requests: &[Request<'_>],
    taps: &Taps,
    seen: &Seen,
    network: &Network,
    experiment: &Experiment,
) -> anyhow::Result<Vec<Vec<(Map, f64)>>> {
    let images = seen.targets.len();
    requests
        .iter()
        .map(|request| {
            (0..images)
                .into_par_iter()
                .map(|image| {
                    let started = Instant::now();
                    let classifier = match request.cam.needs() {
                        Needs::Classifier => network.classifier_weights(seen.targets[image])?,
                        _ => &[],
                    };
                    let mut maps = request.nodes.iter().map(|node| {
                        let at = taps.position(*node);
                        let features = features(seen, at, image, classifier, request.cam.needs());
                        request.cam.map(features)
                    });
                    let map = match request.combine {
                        None => maps
                            .next()
                            .ok_or_else(|| StageError::Input("no layer to make a map of".into()))?,
                        Some(how) => combine(how, maps.collect(), experiment),
                    };
                    Ok((map, started.elapsed().as_secs_f64()))
                })
                .collect()
        })
        .collect()
}

fn features<'a>(
    seen: &'a Seen,
    tap: usize,
    image: usize,
    classifier: &'a [f32],
    needs: Needs,
) -> Features<'a> {
    let activation = &seen.activations[tap];
    let (channels, height, width) = (activation.channels, activation.height, activation.width);
    let gradients = if needs == Needs::Gradients { seen.gradients[tap].image(image) } else { &[] };
    Features { activations: activation.image(image), gradients, classifier, channels, height, width }
}

/// Joins the maps of several layers at the input's size, each scaled to [0, 1] first.
fn combine(how: Combine, maps: Vec<Map>, experiment: &Experiment) -> Map {
    let InputSize { height, width } = experiment.data.input.size;
    let count = maps.len() as f32;
    let mut joined = vec![0.0f32; height * width];
    for map in maps {
        let scaled = min_max(&resize(&map, height, width, experiment.evaluation.interpolation));
        for (sum, value) in joined.iter_mut().zip(scaled.data) {
            match how {
                Combine::Mean => *sum += value / count,
                Combine::Max => *sum = sum.max(value),
            }
        }
    }
    Map::new(height, width, joined)
}

/// A stage as the pass sees it.
pub(super) struct Request<'a> {
    cam: &'a dyn Cam,
    nodes: Vec<NodeId>,
    combine: Option<Combine>,
}

impl<'a> Request<'a> {
    /// What a stage asks for.
    pub fn new(stage: &'a MapStage, network: &Network) -> anyhow::Result<Self> {
        let cam = stage.method.cam().ok_or_else(|| {
            StageError::Input(format!("`{}` is a baseline and makes no map of a layer", stage.method.name()))
        })?;
        let nodes = stage.layers.iter().map(|layer| network.graph().tap(layer)).collect::<Result<_, _>>()?;
        Ok(Self { cam, nodes, combine: stage.combine })
    }

    /// A request for one layer, outside any plan.
    pub fn single(cam: &'a dyn Cam, node: NodeId) -> Self {
        Self { cam, nodes: vec![node], combine: None }
    }
}

/// Every layer that any request looks at, once, and whether gradients are wanted.
pub(super) struct Taps {
    nodes: Vec<NodeId>,
    gradients: bool,
}

impl Taps {
    pub fn new(requests: &[Request<'_>]) -> Self {
        let mut nodes: Vec<NodeId> = requests.iter().flat_map(|request| request.nodes.clone()).collect();
        nodes.sort();
        nodes.dedup();
        Self { nodes, gradients: requests.iter().any(|request| request.cam.needs() == Needs::Gradients) }
    }

    fn position(&self, node: NodeId) -> usize {
        self.nodes.iter().position(|tap| *tap == node).unwrap_or(0)
    }
}
