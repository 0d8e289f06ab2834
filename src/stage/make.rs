//! From what the passes saw to maps.

use std::time::Instant;

use rayon::prelude::*;

use super::StageError;
use super::frozen::Frozen;
use super::look::Seen;
use super::request::{Request, Taps};
use crate::nn::Network;
use crate::nn::graph::NodeId;
use crate::parts::cam::{Features, Needs};
use crate::parts::dataset::InputSize;
use crate::raster::{Map, min_max, resize};
use crate::spec::{Combine, Experiment};

/// The maps of every request for every image, each with the seconds it took by itself.
pub(super) fn make(
    requests: &[Request<'_>],
    taps: &Taps,
    seen: &Seen,
    frozen: &Frozen<'_>,
    experiment: &Experiment,
) -> anyhow::Result<Vec<Vec<(Map, f64)>>> {
    let made = |request: &Request<'_>, image: usize| -> anyhow::Result<(Map, f64)> {
        let started = Instant::now();
        let mut maps =
            request.nodes.iter().map(|node| map(request, taps, seen, frozen.network, *node, image));
        let map = match request.combine {
            None => maps.next().ok_or_else(|| StageError::Input("no layer to make a map of".into()))??,
            Some(how) => combine(how, maps.collect::<Result<_, _>>()?, experiment),
        };
        Ok((map, started.elapsed().as_secs_f64()))
    };
    let images = seen.count();
    requests
        .iter()
        .map(|request| (0..images).into_par_iter().map(|image| made(request, image)).collect())
        .collect()
}

/// One image's map at one layer.
fn map(
    request: &Request<'_>,
    taps: &Taps,
    seen: &Seen,
    network: &Network,
    node: NodeId,
    image: usize,
) -> anyhow::Result<Map> {
    let tap = taps.position(node);
    let needs = request.cam.needs();
    let activation = seen.activation(tap);
    let gradients = match needs {
        Needs::Gradients => seen.gradient(tap).map_or(&[][..], |gradient| gradient.image(image)),
        _ => &[],
    };
    let classifier = match needs {
        Needs::Classifier => network.classifier_weights(seen.target_of(image))?,
        _ => &[],
    };
    let (channels, height, width) = (activation.channels, activation.height, activation.width);
    let activations = activation.image(image);
    Ok(request.cam.map(Features { activations, gradients, classifier, channels, height, width }))
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
