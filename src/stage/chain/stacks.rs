//! Iteration over the channel stacks of all test images; at most one batch is in memory.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;

use super::Job;
use crate::map_file::{MapReader, MapRow};
use crate::{network, sample};
use camlab_data::{self as data, Batches, Dataset, InputSize};
use camlab_engine::Engine;
use camlab_explain::frozen::{BATCH, ComputeOptions, freeze};
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images};
use camlab_parts::polynomial::{ChainSource, Layer, Polynomial, Stack};
use camlab_plan::Stacked;

/// One test image with its channel stack.
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

/// Source of the channel stacks of all test images.
pub(super) struct Stacks<'a> {
    job: &'a Job<'a>,
    /// The test data set.
    pub set: Arc<dyn Dataset>,
    indices: Vec<usize>,
    source: StackSource,
}

enum StackSource {
    /// Maps; one reader per method and layer.
    Maps(Vec<MapReader>),
    /// Activations: the network and its layers, in the order of the experiment file.
    Features(Box<Engine>, Vec<NodeId>),
}

impl<'a> Stacks<'a> {
    /// Opens the map artefacts, or compiles the network, that the chain's stacks are made from.
    pub fn open(job: &'a Job<'a>) -> anyhow::Result<Self> {
        let set: Arc<dyn Dataset> = data::open(&job.experiment().data.test)?.into();
        let Stacked { maps, network: index, precision, .. } = job.stacked;
        let source = match &job.chain()?.source {
            ChainSource::Cams(_) => {
                let readers: Vec<MapReader> = maps
                    .iter()
                    .map(|map| Ok(MapReader::open(&job.store.require(&job.plan.maps[*map].spec)?)?))
                    .collect::<anyhow::Result<_>>()?;
                let first = readers.first().context("the chain has no map to stack")?;
                let same = readers.iter().all(|reader| {
                    reader.rows.len() == first.rows.len()
                        && reader
                            .rows
                            .iter()
                            .zip(&first.rows)
                            .all(|(a, b)| (a.index, a.target) == (b.index, b.target))
                });
                anyhow::ensure!(
                    same,
                    "the maps of the chain are of different images or target classes; image files may have changed since \
                     they were computed: delete the folder `map` of the store and run again"
                );
                StackSource::Maps(readers)
            }
            ChainSource::Features(_) => {
                let network = network::finished(job.plan, job.facts, job.store, &job.plan.networks[*index])?;
                let layers = &job.chain()?.layers;
                let nodes: Vec<NodeId> =
                    layers.iter().map(|layer| network.graph().tap(layer)).collect::<Result<_, _>>()?;
                let InputSize { height, width } = job.experiment().data.input.size;
                let numbers = ComputeOptions { precision: *precision, size: [height, width], batch: BATCH };
                let mut keep = nodes.clone();
                keep.sort();
                keep.dedup();
                StackSource::Features(Box::new(freeze(&network, numbers, keep)?), nodes)
            }
        };
        let indices = sample::indices(job.experiment(), set.len())?;
        Ok(Self { job, set, indices, source })
    }

    /// Number of images; with activations it includes images that may turn out to be unreadable.
    pub fn images(&self) -> usize {
        match &self.source {
            StackSource::Maps(readers) => readers[0].rows.len(),
            StackSource::Features(..) => self.indices.len(),
        }
    }

    /// Calls `take` for every usable image, in the data set's order; with its pixels if `wanted`.
    pub fn each(
        &mut self,
        wanted: bool,
        mut take: impl FnMut(StackedImage<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let polynomial = &self.job.chain()?.polynomial;
        if let (StackSource::Maps(readers), false) = (&mut self.source, wanted) {
            for position in 0..readers[0].rows.len() {
                take(of_maps(readers, position, polynomial, &[])?)?;
            }
            return Ok(());
        }
        let data = &self.job.experiment().data;
        let InputSize { height, width } = data.input.size;
        let mut position = 0;
        for batch in Batches::new(self.set.clone(), self.indices.clone(), data.loading()) {
            let batch = batch?;
            let count = batch.indices.len();
            if count == 0 {
                continue;
            }
            let images = Images { pixels: batch.pixels.into(), count, height, width };
            let size = images.pixels.len() / count;
            let pixels = images.pixels.chunks_exact(size);
            match &mut self.source {
                StackSource::Maps(readers) => {
                    for (index, pixels) in batch.indices.iter().zip(pixels) {
                        let known = readers[0].rows.get(position).is_some_and(|row| row.index == *index);
                        anyhow::ensure!(known, "image {} has no map; run again", self.set.id(*index));
                        take(of_maps(readers, position, polynomial, pixels)?)?;
                        position += 1;
                    }
                }
                StackSource::Features(engine, nodes) => {
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
    position: usize,
    polynomial: &Polynomial,
    pixels: &'a [f32],
) -> anyhow::Result<StackedImage<'a>> {
    let started = Instant::now();
    let layers = readers.iter_mut().map(|reader| Ok(reader.read_at(position)?.into()));
    let stack = Stack::new(layers.collect::<anyhow::Result<_>>()?, polynomial);
    let rows = || readers.iter().map(|reader| &reader.rows[position]);
    let seconds = started.elapsed().as_secs_f64() + rows().map(|row| row.seconds).sum::<f64>();
    let forwards = rows().map(|row| row.forwards).sum();
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
