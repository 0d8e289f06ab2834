use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evaluate::CHUNK;
use super::map_source::{KnownImage, MapOrigin, MapSource};
use super::network::NetworkSource;
use super::prepare::Preparation;
use super::work::{version_of, without};
use super::{Job, StageError, TestImages, Work};
use camlab_data::{Batches, Dataset, PhotoBatch};
use camlab_engine::{Engine, Precision};
use camlab_explain::compute::{BATCH, ComputeOptions, freeze};
use camlab_frame::{FrameWriter, QuantityRow};
use camlab_nn::Network;
use camlab_parts::cam::MemoryBudget;
use camlab_parts::metric::{ChangedImages, Measured, MeasuredImage, Measurement, MetricSpec, TargetScore};
use camlab_raster::{Map, Mask, PixelBox};
use camlab_store::{Cost, Draft};

/// The numbers per image that one metric measures itself.
///
/// Inputs: `images`, `maps` unless they are a baseline's, with `network` that network's weights (an artefact or a file),
/// and `again`, the maps of changed images, if the metric needs them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MeasuredQuantities {
    /// The metric.
    pub metric: MetricSpec,
    /// The measured maps.
    pub maps: MapOrigin,
    /// The images.
    pub images: TestImages,
    /// Upsampling and contrast.
    pub preparation: Preparation,
    /// The network that made the maps, for metrics that need passes.
    pub network: Option<MeasuredNetwork>,
    /// Seed of a metric that draws; `None` for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Images per batch; changes no result.
    pub batch: usize,
}

/// A network whose passes a metric needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MeasuredNetwork {
    /// The network.
    pub source: NetworkSource,
    /// Number format of the forward passes.
    pub precision: Precision,
}

impl Work for MeasuredQuantities {
    const KIND: &'static str = "measure";

    fn version(&self) -> u32 {
        version_of(3, self.metric.metric().measurement().map_or(0, |measurement| measurement.version()))
    }

    fn counted(&self) -> Option<serde_json::Value> {
        Some(without(self, &["batch"]))
    }

    fn runs_kernels(&self) -> bool {
        self.network.is_some()
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn units(&self, images: &dyn Fn(&str) -> Option<usize>) -> f64 {
        let count = images("images").map_or(1, |all| self.images.count(all));
        self.passes(images).map_or(count as f64, |passes| passes as f64)
    }

    fn passes(&self, images: &dyn Fn(&str) -> Option<usize>) -> Option<u64> {
        self.network.as_ref()?;
        let [height, width] = self.images.size();
        let each = self.metric.metric().measurement()?.passes(height * width);
        Some((self.images.count(images("images")?) * each) as u64)
    }

    fn size(&self) -> Option<serde_json::Value> {
        let images = self.images.size();
        Some(match &self.network {
            // A pass takes as long for every metric.
            Some(MeasuredNetwork { source, precision }) => {
                serde_json::json!({ "network": source.architecture, "images": images, "precision": precision })
            }
            None => serde_json::json!({ "metric": self.metric, "images": images }),
        })
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let Some(measurement) = self.metric.metric().measurement() else {
            let why = format!("`{}` measures nothing itself", self.metric.name());
            return Err(StageError::Input(why).into());
        };
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set.as_ref())?;
        let again = job.folders("again")?;
        let again = again.iter().map(|folder| MapSource::stored(folder, set.as_ref()));
        let mut again = again.collect::<anyhow::Result<Vec<_>>>()?;
        let indices: Vec<usize> = maps.rows.iter().map(|row| row.index).collect();
        let count = indices.len();
        let mut task = job.progress.task(format!("measure {}", job.label()), count, "images");
        let mut writer = FrameWriter::artefact::<QuantityRow>(draft.folder())?;
        let mut measure =
            |batch: Option<PhotoBatch>, start: usize, length: usize, engine: Option<&Engine>| {
                let known = maps.chunk(start, length)?;
                let others = again.iter_mut().map(|source| source.chunk(start, length));
                let others = others.collect::<anyhow::Result<Vec<_>>>()?;
                let pixels = batch.as_ref().map_or(&[][..], |batch| &batch.pixels);
                let prepared = self.prepared(&*set, &known, &others, pixels)?;
                let values = match engine {
                    None => prepared.par_iter().map(|one| measurement.measure(&one.seen())).collect(),
                    Some(engine) => self.passed(measurement, &prepared, engine)?,
                };
                let of =
                    |(one, values): (&PreparedImage<'_>, Vec<Measured>)| rows(one.index, measurement, values);
                writer.rows(&prepared.iter().zip(values).flat_map(of).collect::<Vec<_>>())?;
                anyhow::Ok(known.len())
            };
        match &self.network {
            None => {
                for start in (0..count).step_by(CHUNK) {
                    let done = measure(None, start, CHUNK, None)?;
                    task.advance(done)?;
                }
            }
            Some(network) => {
                let engine = self.engine(&network.source.load(job, "network")?, network.precision)?;
                let mut start = 0;
                for batch in Batches::new(set.clone(), indices.clone(), self.images.loading(self.batch)) {
                    let batch = batch?;
                    let length = batch.indices.len();
                    if !batch.skipped.is_empty() || indices[start..].get(..length) != Some(&batch.indices[..])
                    {
                        let why = "the images that can be read have changed since the maps were made";
                        return Err(StageError::Input(why.to_owned()).into());
                    }
                    let done = measure(Some(batch), start, length, Some(&engine))?;
                    start += done;
                    task.advance(done)?;
                }
            }
        }
        writer.finish()?;
        task.finish("");
        Ok(Cost::default())
    }
}

/// An image with its map and ground truth at the size of the network's input.
struct PreparedImage<'a> {
    id: &'a str,
    index: usize,
    map: Map,
    again: Vec<Map>,
    boxes: Vec<PixelBox>,
    mask: Mask,
    label: usize,
    target: usize,
    probability: Option<f32>,
    pixels: &'a [f32],
    seed: u64,
}

impl PreparedImage<'_> {
    fn seen(&self) -> MeasuredImage<'_> {
        MeasuredImage {
            id: self.id,
            map: &self.map,
            boxes: &self.boxes,
            mask: &self.mask,
            label: self.label,
            target: self.target,
            probability: self.probability,
            pixels: self.pixels,
            again: &self.again,
            seed: self.seed,
        }
    }
}

impl MeasuredQuantities {
    fn engine(&self, network: &Network, precision: Precision) -> anyhow::Result<Engine> {
        let numbers = ComputeOptions { precision, size: self.images.size(), batch: BATCH };
        Ok(freeze(network, numbers, Vec::new())?)
    }

    /// The images of a chunk; `pixels` are theirs one after the other, or none.
    fn prepared<'a>(
        &self,
        set: &'a dyn Dataset,
        known: &'a [(KnownImage, Map)],
        again: &[Vec<(KnownImage, Map)>],
        pixels: &'a [f32],
    ) -> anyhow::Result<Vec<PreparedImage<'a>>> {
        let each = pixels.len() / known.len().max(1);
        let [height, width] = self.images.size();
        let one = |(place, (image, raw)): (usize, &'a (KnownImage, Map))| {
            let index = image.index;
            let map = self.preparation.map(&self.images, set, index, raw)?;
            let of_changed = |maps: &Vec<(KnownImage, Map)>| match maps.get(place) {
                Some((other, raw)) if other.index == index => {
                    self.preparation.map(&self.images, set, index, raw)
                }
                _ => {
                    let why = "the maps of the changed images are those of other images";
                    Err(StageError::Input(why.to_owned()).into())
                }
            };
            let truth = set.truth(index)?.at(height, width);
            let label = set.label(index);
            let target = image.seen.as_ref().map_or(label, |row| row.target);
            Ok(PreparedImage {
                id: set.id(index),
                index,
                again: again.iter().map(of_changed).collect::<anyhow::Result<_>>()?,
                map,
                mask: truth.mask.unwrap_or_else(|| Mask::from_boxes(height, width, &truth.boxes)),
                boxes: truth.boxes,
                label,
                target,
                probability: image.seen.as_ref().and_then(|row| row.probability_of(target, label)),
                pixels: &pixels[place * each..(place + 1) * each],
                seed: self.seed.unwrap_or_default(),
            })
        };
        known.par_iter().enumerate().map(one).collect()
    }

    /// The values of some images, whose changed versions are classified together.
    fn passed(
        &self,
        measurement: &dyn Measurement,
        images: &[PreparedImage<'_>],
        engine: &Engine,
    ) -> anyhow::Result<Vec<Vec<Measured>>> {
        let seen: Vec<MeasuredImage<'_>> = images.iter().map(PreparedImage::seen).collect();
        let changed: Vec<Option<Box<dyn ChangedImages + '_>>> =
            seen.par_iter().map(|image| measurement.changed(image)).collect();
        let counts = changed.iter().map(|changed| changed.as_ref().map_or(0, |changed| changed.count()));
        let versions: Vec<(usize, usize)> =
            counts.enumerate().flat_map(|(image, count)| (0..count).map(move |at| (image, at))).collect();
        let mut scores = vec![Vec::new(); images.len()];
        let size = self.images.size();
        let bytes = engine.bytes_each(size)? + images.first().map_or(0, |image| size_of_val(image.pixels));
        let together = MemoryBudget::default().batch(bytes);
        let write = |version: usize, pixels: &mut [f32]| {
            let (image, at) = versions[version];
            if let Some(changed) = &changed[image] {
                changed.write(at, pixels);
            }
        };
        engine.each(size, versions.len(), together, write, |version, logits| {
            let image = versions[version].0;
            scores[image].push(TargetScore::of(logits, images[image].target, engine.graph().probabilities()));
        })?;
        let values = changed.iter().zip(&scores);
        Ok(values
            .map(|(changed, scores)| changed.as_ref().map_or_else(Vec::new, |c| c.measured(scores)))
            .collect())
    }
}

/// The rows of one image, one per column of the metric.
fn rows(index: usize, measurement: &dyn Measurement, values: Vec<Measured>) -> Vec<QuantityRow> {
    let mut values = values.into_iter();
    let row = |column: camlab_parts::metric::MeasuredColumn| {
        let (value, list) = match values.next() {
            Some(Measured::Number(value)) => (value, Vec::new()),
            Some(Measured::List(list)) => (None, list),
            None => (None, Vec::new()),
        };
        QuantityRow { index: index as u32, quantity: column.name, value, list }
    };
    measurement.columns().into_iter().map(row).collect()
}
