//! Iteration over the channel stacks of all images of a set; at most one batch is in memory.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::map_file::{MapReader, MapRow};
use crate::map_source::usable;
use crate::network::NetworkSource;
use crate::work::remove;
use crate::{Job, TestImages};
use camlab_data::{Batches, Dataset};
use camlab_engine::{Engine, Precision};
use camlab_explain::compute::{BATCH, ComputeOptions, freeze};
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, ClassProbabilities, Images};
use camlab_parts::polynomial::{Layer, Polynomial, Stack, finest};
use camlab_store::{Cost, ImageCost};

/// Roles of the inputs that stacks are made from; `network` is the same for all.
#[derive(Debug, Clone, Copy)]
pub struct StackRoles {
    /// The data set.
    pub images: &'static str,
    /// Map artefacts.
    pub stacked: &'static str,
}

/// Roles of the test images.
pub const EVALUATED: StackRoles = StackRoles { images: "images", stacked: "stacked" };
/// Roles of images whose labels are read.
pub const LABELLED: StackRoles = StackRoles { images: "labelled", stacked: "labelled-stacked" };

/// The channels that a chain stacks, and their correction.
///
/// Inputs: `images`; `stacked` for maps, `network` for activations; see [`StackRoles`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackedChannels {
    /// The images.
    pub images: TestImages,
    /// Images per batch; changes no result.
    pub batch: usize,
    /// Every channel becomes several, its polynomials.
    pub polynomial: Polynomial,
    /// The activations that are stacked; `None`: maps, which are inputs of the stage.
    pub activations: Option<StackedActivations>,
}

/// Activations of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackedActivations {
    /// The network.
    pub network: NetworkSource,
    /// The layers, in the order of the experiment file.
    pub layers: Vec<String>,
    /// Number format of the forward passes.
    pub precision: Precision,
}

impl StackedChannels {
    /// The probabilities that the network's class scores stand for.
    pub(super) fn probabilities(&self) -> ClassProbabilities {
        self.activations
            .as_ref()
            .map_or_else(ClassProbabilities::default, |stacked| stacked.network.architecture.probabilities)
    }

    /// The options of some work with `channels`, without those of them that change no result.
    pub(super) fn counted(work: &impl Serialize) -> serde_json::Value {
        let mut counted = serde_json::json!(work);
        remove(&mut counted["channels"], &["batch"]);
        counted
    }
}

/// One image with its channel stack.
pub(super) struct StackedImage<'a> {
    /// Position among the usable images.
    pub position: usize,
    /// Index in the data set.
    pub index: usize,
    /// The image's channels after polynomial correction.
    pub stack: Stack,
    /// `[height, width, 3]`, normalised; may be empty unless requested.
    pub pixels: &'a [f32],
    /// Logits, if the stack is made of activations; else empty.
    pub logits: &'a [f32],
    /// The image's row in the first map artefact, if the stack is made of maps.
    pub row: Option<&'a MapRow>,
    /// Time to compute the stack, seconds.
    pub seconds: f64,
    /// Number of forward passes that the stack needed.
    pub forwards: u64,
}

impl StackedImage<'_> {
    /// The cost of the image so far.
    pub fn cost(&self) -> ImageCost {
        ImageCost { index: self.index, seconds: self.seconds, forwards: self.forwards }
    }
}

/// Source of the channel stacks of all images of a set.
pub(super) struct Stacks<'a> {
    channels: &'a StackedChannels,
    /// The data set.
    pub set: Arc<dyn Dataset>,
    indices: Vec<usize>,
    source: StackSource,
}

enum StackSource {
    /// Maps, one reader per method and layer, with what they took.
    Maps(Vec<MapReader>, Vec<Cost>),
    /// Activations: the network and its layers, in the order of the experiment file.
    Activations(Box<Engine>, Vec<NodeId>),
}

impl<'a> Stacks<'a> {
    /// Opens the map artefacts, or compiles the network, that the stacks are made from.
    pub fn open(job: &Job<'_>, channels: &'a StackedChannels, roles: StackRoles) -> anyhow::Result<Self> {
        let set = job.dataset(roles.images)?;
        let source = match &channels.activations {
            None => {
                let folders = job.folders(roles.stacked)?;
                let readers: Vec<MapReader> =
                    folders.iter().map(|folder| MapReader::open(folder)).collect::<Result<_, _>>()?;
                let costs = folders.iter().map(|folder| Cost::read(folder)).collect::<Result<_, _>>()?;
                return Self::of_maps(set, channels, readers, costs);
            }
            Some(StackedActivations { network, layers, precision }) => {
                let network = network.load(job, "network")?;
                let nodes: Vec<NodeId> =
                    layers.iter().map(|layer| network.graph().tap(layer)).collect::<Result<_, _>>()?;
                let size = channels.images.size();
                let numbers = ComputeOptions { precision: *precision, size, batch: BATCH };
                let mut keep = nodes.clone();
                keep.sort();
                keep.dedup();
                StackSource::Activations(Box::new(freeze(&network, numbers, keep)?), nodes)
            }
        };
        let indices = channels.images.indices_in(&*set)?;
        Ok(Self { channels, set, indices, source })
    }

    /// Stacks of the maps of some readers, whose images are those of the set.
    pub fn of_maps(
        set: Arc<dyn Dataset>,
        channels: &'a StackedChannels,
        readers: Vec<MapReader>,
        costs: Vec<Cost>,
    ) -> anyhow::Result<Self> {
        let first = readers.first().context("the chain has no map to stack")?;
        let same = readers.iter().all(|reader| {
            let mut pairs = reader.rows.iter().zip(&first.rows);
            reader.rows.len() == first.rows.len()
                && pairs.all(|(a, b)| (a.index, a.target) == (b.index, b.target))
        });
        anyhow::ensure!(
            same,
            "the maps of the chain are of different images or target classes; image files may have changed since they \
             were computed: delete the folder `map` of the store and run again"
        );
        let indices = channels.images.indices_in(&*set)?;
        Ok(Self { channels, set, indices, source: StackSource::Maps(readers, costs) })
    }

    /// Number of images; with activations it includes images that may turn out to be unreadable.
    pub fn images(&self) -> usize {
        match &self.source {
            StackSource::Maps(readers, _) => readers[0].rows.len(),
            StackSource::Activations(..) => self.indices.len(),
        }
    }

    /// Number of images that can be read.
    pub fn usable(&self) -> usize {
        match &self.source {
            StackSource::Maps(readers, _) => readers[0].rows.len(),
            StackSource::Activations(..) => {
                usable(&self.channels.images, self.set.as_ref(), self.indices.clone()).len()
            }
        }
    }

    /// Rows and columns of the stacks.
    pub fn grid(&self) -> anyhow::Result<(usize, usize)> {
        let grids: Vec<(usize, usize)> = match &self.source {
            StackSource::Maps(readers, _) => readers.iter().map(MapReader::grid).collect(),
            StackSource::Activations(engine, nodes) => {
                let [height, width] = self.channels.images.size();
                let pixels = vec![0.0; 3 * height * width];
                let blank = Images { pixels: pixels.into(), count: 1, height, width };
                engine.forward(&blank, nodes)?.taps.iter().map(|tap| (tap.height, tap.width)).collect()
            }
        };
        Ok(finest(&grids))
    }

    /// Calls `take` for every usable image, in the data set's order; with its pixels if `wanted`.
    pub fn each(
        &mut self,
        wanted: bool,
        mut take: impl FnMut(StackedImage<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let polynomial = &self.channels.polynomial;
        if let (StackSource::Maps(readers, costs), false) = (&mut self.source, wanted) {
            for position in 0..readers[0].rows.len() {
                take(of_maps(readers, costs, position, polynomial, &[])?)?;
            }
            return Ok(());
        }
        let [height, width] = self.channels.images.size();
        let loading = self.channels.images.loading(self.channels.batch);
        let mut position = 0;
        for batch in Batches::new(self.set.clone(), self.indices.clone(), loading) {
            let batch = batch?;
            let count = batch.indices.len();
            if count == 0 {
                continue;
            }
            let images = Images { pixels: batch.pixels.into(), count, height, width };
            let size = images.pixels.len() / count;
            let pixels = images.pixels.chunks_exact(size);
            match &mut self.source {
                StackSource::Maps(readers, costs) => {
                    for (index, pixels) in batch.indices.iter().zip(pixels) {
                        let known = readers[0].rows.get(position).is_some_and(|row| row.index == *index);
                        anyhow::ensure!(known, "image {} has no map; run again", self.set.id(*index));
                        take(of_maps(readers, costs, position, polynomial, pixels)?)?;
                        position += 1;
                    }
                }
                StackSource::Activations(engine, nodes) => {
                    let started = Instant::now();
                    // The taps have the order of `nodes`.
                    let passed = engine.forward(&images, nodes)?;
                    let share = started.elapsed().as_secs_f64() / count as f64;
                    let scores = passed.logits.chunks_exact(passed.logits.len() / count);
                    for (at, ((index, pixels), logits)) in
                        batch.indices.iter().zip(pixels).zip(scores).enumerate()
                    {
                        let started = Instant::now();
                        let layers = passed.taps.iter().map(|tap| layer_of(tap, at)).collect();
                        let stack = Stack::new(layers, polynomial);
                        let seconds = share + started.elapsed().as_secs_f64();
                        let index = *index;
                        take(StackedImage {
                            position,
                            index,
                            stack,
                            pixels,
                            logits,
                            row: None,
                            seconds,
                            forwards: 1,
                        })?;
                        position += 1;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The image at `position` of the map artefacts, with a stack made of its maps.
fn of_maps<'a>(
    readers: &'a mut [MapReader],
    costs: &[Cost],
    position: usize,
    polynomial: &Polynomial,
    pixels: &'a [f32],
) -> anyhow::Result<StackedImage<'a>> {
    let started = Instant::now();
    let layers = readers.iter_mut().map(|reader| Ok(reader.read_at(position)?.into()));
    let stack = Stack::new(layers.collect::<anyhow::Result<_>>()?, polynomial);
    let spent = || costs.iter().filter_map(|cost| cost.images.get(position));
    let seconds = started.elapsed().as_secs_f64() + spent().map(|cost| cost.seconds).sum::<f64>();
    let forwards = spent().map(|cost| cost.forwards).sum();
    let row = &readers[0].rows[position];
    Ok(StackedImage {
        position,
        index: row.index,
        stack,
        pixels,
        logits: &[],
        row: Some(row),
        seconds,
        forwards,
    })
}

fn layer_of(activation: &Activation, image: usize) -> Layer {
    let Activation { height, width, channels, .. } = *activation;
    Layer { height, width, channels, data: activation.image(image).to_vec() }
}
