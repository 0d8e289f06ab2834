use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evaluate::CHUNK;
use super::map_source::{KnownImage, MapOrigin, MapSource};
use super::network::NetworkSource;
use super::prepare::Preparation;
use super::work::{version_of, without};
use super::{Job, StageError, TestImages, Work};
use camlab_data::{Batches, Dataset};
use camlab_engine::{Engine, Precision, Variants};
use camlab_explain::compute::{BATCH, ComputeOptions, freeze};
use camlab_frame::{FrameWriter, QuantityRow};
use camlab_nn::Network;
use camlab_parts::metric::{MeasuredImage, MetricSpec, Quantity};
use camlab_raster::Map;
use camlab_store::{Cost, Draft};

/// The numbers per image that one metric measures itself.
///
/// Inputs: `images`, `maps` unless they are a baseline's, and with `network` that network's weights (an artefact or a
/// file).
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
        version_of(2, self.metric.metric().quantities().iter().map(|quantity| quantity.version()).sum())
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

    fn size(&self) -> Option<serde_json::Value> {
        let network = self.network.as_ref().map(|network| (&network.source.architecture, network.precision));
        let images = self.images.size();
        Some(serde_json::json!({ "metric": self.metric, "images": images, "network": network }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let engine = match &self.network {
            Some(network) => Some(self.engine(&network.source.load(job, "network")?, network.precision)?),
            None => None,
        };
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set.as_ref())?;
        let count = maps.rows.len();
        let mut task = job.progress.task(format!("measure {}", job.label()), count, "images");
        let mut writer = FrameWriter::artefact::<QuantityRow>(draft.folder())?;
        match &engine {
            None => {
                for start in (0..count).step_by(CHUNK) {
                    let known = maps.chunk(start, CHUNK)?;
                    let measured = known.par_iter().map(|(image, map)| self.rows(&*set, image, map, None));
                    writer.rows(&measured.collect::<anyhow::Result<Vec<_>>>()?.concat())?;
                    task.advance(known.len())?;
                }
            }
            Some(engine) => {
                let indices = maps.rows.iter().map(|row| row.index).collect();
                let mut start = 0;
                for batch in Batches::new(set.clone(), indices, self.images.loading(self.batch)) {
                    let batch = batch?;
                    let known = maps.chunk(start, batch.indices.len())?;
                    let same = known.iter().map(|(image, _)| image.index).eq(batch.indices.iter().copied());
                    if !batch.skipped.is_empty() || !same {
                        let why = "the images that can be read have changed since the maps were made";
                        return Err(StageError::Input(why.to_owned()).into());
                    }
                    let each = (batch.pixels.len() / known.len().max(1)).max(1);
                    // The passes of one image already use every thread.
                    let mut rows = Vec::new();
                    for ((image, map), pixels) in known.iter().zip(batch.pixels.chunks_exact(each)) {
                        let passes = Variants::new(engine, pixels, self.images.size())?;
                        rows.extend(self.rows(&*set, image, map, Some(passes))?);
                    }
                    writer.rows(&rows)?;
                    start += known.len();
                    task.advance(known.len())?;
                }
            }
        }
        writer.finish()?;
        task.finish("");
        Ok(Cost::default())
    }
}

impl MeasuredQuantities {
    fn engine(&self, network: &Network, precision: Precision) -> anyhow::Result<Engine> {
        let numbers = ComputeOptions { precision, size: self.images.size(), batch: BATCH };
        Ok(freeze(network, numbers, Vec::new())?)
    }

    /// The rows of one image, one per quantity of the metric.
    fn rows(
        &self,
        set: &dyn Dataset,
        known: &KnownImage,
        raw: &Map,
        passes: Option<Variants<'_>>,
    ) -> anyhow::Result<Vec<QuantityRow>> {
        let [height, width] = self.images.size();
        let map = self.preparation.map(&self.images, set, known.index, raw)?;
        let truth = set.truth(known.index)?.at(height, width);
        let label = set.label(known.index);
        let target = known.seen.as_ref().map_or(label, |row| row.target);
        let probability = known.seen.as_ref().and_then(|row| row.probability_of(target, label));
        let image = MeasuredImage { map: &map, boxes: &truth.boxes, label, target, probability, passes };
        let row = |quantity: &dyn Quantity| -> anyhow::Result<QuantityRow> {
            let value = quantity.measure(&image)?;
            Ok(QuantityRow { index: known.index as u32, quantity: quantity.column(), value })
        };
        self.metric.metric().quantities().into_iter().map(row).collect()
    }
}
