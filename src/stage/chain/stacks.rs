//! The stacks of all test images, one after the other: no more than a batch of them is ever held.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;

use super::Job;
use crate::engine::Engine;
use crate::nn::graph::NodeId;
use crate::nn::{Activation, Images};
use crate::parts::dataset::{self, Batches, Dataset, InputSize};
use crate::parts::polynomial::{ChainSource, Layer, Stack};
use crate::plan::Stacked;
use crate::stage::frozen::{BATCH, Numbers, freeze};
use crate::stage::map_file::{MapReader, MapRow};
use crate::stage::{network, sample};

/// One image on its way through a chain.
pub(super) struct Seen<'a> {
    /// Its place among the usable images.
    pub position: usize,
    /// Its index in the data set.
    pub index: usize,
    pub stack: Stack,
    /// `[height, width, 3]`, normalised; empty unless asked for.
    pub pixels: &'a [f32],
    /// Class scores, where the stack is made of activations.
    pub logits: &'a [f32],
    /// What is known of it already, where the stack is made of maps.
    pub row: Option<&'a MapRow>,
    /// What the stack has cost, seconds.
    pub seconds: f64,
    /// Forward passes that it took.
    pub forwards: u64,
}

/// Where stacks come from.
pub(super) struct Stacks<'a> {
    job: &'a Job<'a>,
    pub set: Arc<dyn Dataset>,
    source: Source,
}

enum Source {
    /// Of one method and layer each.
    Maps(Vec<MapReader>),
    /// The network and the layers, in the order of the file.
    Features(Box<Engine>, Vec<NodeId>),
}

impl<'a> Stacks<'a> {
    pub fn open(job: &'a Job<'a>) -> anyhow::Result<Self> {
        let set: Arc<dyn Dataset> = dataset::open(&job.experiment().data.test)?.into();
        let Stacked { maps, network: index, precision, .. } = job.stacked;
        let source = match &job.chain()?.source {
            ChainSource::Cams(_) => {
                let readers: Vec<MapReader> = maps
                    .iter()
                    .map(|map| Ok(MapReader::open(&job.store.require(&job.plan.maps[*map].material)?)?))
                    .collect::<anyhow::Result<_>>()?;
                let first = readers.first().context("the chain stacks no map")?;
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
                    "the maps of a chain are of different images or classes; images may have become unreadable: \
                     delete the store's folder `map`, and run again"
                );
                Source::Maps(readers)
            }
            ChainSource::Features(_) => {
                let network = network::finished(job.plan, job.facts, job.store, &job.plan.networks[*index])?;
                let layers = &job.chain()?.layers;
                let nodes: Vec<NodeId> =
                    layers.iter().map(|layer| network.graph().tap(layer)).collect::<Result<_, _>>()?;
                let InputSize { height, width } = job.experiment().data.input.size;
                let numbers = Numbers { precision: *precision, size: [height, width], batch: BATCH };
                let mut keep = nodes.clone();
                keep.sort();
                keep.dedup();
                Source::Features(Box::new(freeze(&network, numbers, keep)?), nodes)
            }
        };
        Ok(Self { job, set, source })
    }

    /// Every usable image, in the data set's order; with its pixels if they are `wanted`.
    pub fn each(
        &mut self,
        wanted: bool,
        mut take: impl FnMut(Seen<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let polynomial = &self.job.chain()?.polynomial;
        if let (Source::Maps(readers), false) = (&mut self.source, wanted) {
            for position in 0..readers[0].rows.len() {
                let started = Instant::now();
                let stack = Stack::new(layers_of(readers, position)?, polynomial);
                let row = &readers[0].rows[position];
                let seconds = started.elapsed().as_secs_f64()
                    + readers.iter().map(|reader| reader.rows[position].seconds).sum::<f64>();
                let forwards = readers.iter().map(|reader| reader.rows[position].forwards).sum();
                let (pixels, logits, index) = (&[][..], &[][..], row.index);
                take(Seen { position, index, stack, pixels, logits, row: Some(row), seconds, forwards })?;
            }
            return Ok(());
        }
        let data = &self.job.experiment().data;
        let InputSize { height, width } = data.input.size;
        let indices = sample::indices(self.job.experiment(), self.set.len())?;
        let loading = data.loading();
        let mut position = 0;
        for batch in Batches::new(self.set.clone(), indices, loading) {
            let batch = batch?;
            let count = batch.indices.len();
            if count == 0 {
                continue;
            }
            let images = Images { pixels: batch.pixels.into(), count, height, width };
            let started = Instant::now();
            let passed = match &self.source {
                Source::Maps(_) => None,
                // Taps come in the order asked for.
                Source::Features(engine, nodes) => Some(engine.forward(&images, nodes)?),
            };
            let share = started.elapsed().as_secs_f64() / count as f64;
            let size = images.pixels.len() / count;
            for (at, index) in batch.indices.iter().enumerate() {
                let started = Instant::now();
                let mut before = share;
                let layers = match (&mut self.source, &passed) {
                    (Source::Features(..), Some(seen)) => {
                        seen.taps.iter().map(|tap| layer_of(tap, at)).collect()
                    }
                    (Source::Maps(readers), _) => {
                        let known = readers[0].rows.get(position).is_some_and(|row| row.index == *index);
                        anyhow::ensure!(known, "image {} has no map; run again", self.set.id(*index));
                        before = readers.iter().map(|reader| reader.rows[position].seconds).sum();
                        layers_of(readers, position)?
                    }
                    (Source::Features(..), None) => Vec::new(),
                };
                let stack = Stack::new(layers, polynomial);
                let (row, forwards) = match &self.source {
                    Source::Maps(readers) => {
                        let forwards = readers.iter().map(|reader| reader.rows[position].forwards).sum();
                        (readers[0].rows.get(position), forwards)
                    }
                    Source::Features(..) => (None, 1),
                };
                let logits = match &passed {
                    Some(seen) => seen.logits.chunks_exact(seen.logits.len() / count).nth(at).unwrap_or(&[]),
                    None => &[],
                };
                take(Seen {
                    position,
                    index: *index,
                    stack,
                    pixels: &images.pixels[at * size..][..size],
                    logits,
                    row,
                    seconds: before + started.elapsed().as_secs_f64(),
                    forwards,
                })?;
                position += 1;
            }
        }
        Ok(())
    }
}

fn layers_of(readers: &mut [MapReader], position: usize) -> anyhow::Result<Vec<Layer>> {
    readers.iter_mut().map(|reader| Ok(reader.read_at(position)?.into())).collect()
}

fn layer_of(activation: &Activation, image: usize) -> Layer {
    let Activation { height, width, channels, .. } = *activation;
    Layer { height, width, channels, data: activation.image(image).to_vec() }
}
