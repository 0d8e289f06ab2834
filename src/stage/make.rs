//! From what the passes saw to maps.

use std::time::Instant;

use rayon::prelude::*;

use super::StageError;
use super::frozen::Frozen;
use super::look::Seen;
use super::request::{Request, Taps};
use crate::engine::Variants;
use crate::nn::graph::NodeId;
use crate::parts::cam::{Cam, Features, Needs, Question, Slopes};
use crate::raster::{Interpolation, Map, min_max, resize};
use crate::spec::Combine;

/// The maps of every request for every image, each with the seconds it took by itself; `interpolation` enlarges
/// maps of several layers that are joined.
pub(super) fn make(
    requests: &[Request<'_>],
    taps: &Taps,
    seen: &Seen,
    frozen: &Frozen,
    interpolation: Interpolation,
) -> anyhow::Result<Vec<Vec<(Map, f64)>>> {
    let made = |request: &Request<'_>, image: usize| -> anyhow::Result<(Map, f64)> {
        let started = Instant::now();
        let view = View { seen, frozen, image };
        let mut maps = request.nodes.iter().map(|node| view.map(request.cam, *node, taps.position(*node)));
        let map = match request.combine {
            None => maps.next().ok_or_else(|| StageError::Input("no layer to make a map of".into()))??,
            Some(how) => combine(how, maps.collect::<Result<_, _>>()?, frozen.numbers.size, interpolation),
        };
        Ok((map, started.elapsed().as_secs_f64()))
    };
    let images = 0..seen.count();
    let all = |request: &Request<'_>| match request.cam.needs() {
        // One image's passes keep every thread busy, and hold memory.
        Needs::MaskedImages | Needs::AblatedChannels | Needs::Slopes => {
            images.clone().map(|image| made(request, image)).collect()
        }
        _ => images.clone().into_par_iter().map(|image| made(request, image)).collect(),
    };
    requests.iter().map(all).collect()
}

/// One image.
struct View<'a> {
    seen: &'a Seen,
    frozen: &'a Frozen,
    image: usize,
}

impl View<'_> {
    /// The map at one layer, `tap` being its place among the taps.
    fn map(&self, cam: &dyn Cam, node: NodeId, tap: usize) -> anyhow::Result<Map> {
        let &Self { seen, frozen, image } = self;
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
                frozen.whole().map(|engine| Variants::new(engine, seen.image(image), frozen.numbers.size))
            }
            Needs::AblatedChannels => {
                frozen.behind(node).map(|engine| Variants::new(engine, activations, [height, width]))
            }
            _ => None,
        }
        .transpose()?;
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
        let slopes = (needs == Needs::Slopes)
            .then(|| Slopes::new(&frozen.network, node, seen.image(image), frozen.numbers.size));
        let weights = cam.weights(Question { features, target, score, variants, slopes })?;
        let features = Features { weights: &weights, ..features };
        Ok(match needs {
            Needs::Classifier => cam.map_of(features, frozen.network.classifier()?, target),
            _ => cam.map(features),
        })
    }
}

/// Joins the maps of several layers at the input's size, each scaled to [0, 1] first.
fn combine(how: Combine, maps: Vec<Map>, [height, width]: [usize; 2], interpolation: Interpolation) -> Map {
    let count = maps.len() as f32;
    let mut joined = vec![0.0f32; height * width];
    for map in maps {
        let scaled = min_max(&resize(&map, height, width, interpolation));
        for (sum, value) in joined.iter_mut().zip(scaled.data) {
            match how {
                Combine::Mean => *sum += value / count,
                Combine::Max => *sum = sum.max(value),
            }
        }
    }
    Map::new(height, width, joined)
}
