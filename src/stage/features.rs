use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::map_file::damaged;
use super::network::NetworkSource;
use super::work::without;
use super::{Job, StageError, TestImages, Work};
use camlab_data::Batches;
use camlab_engine::{Engine, Precision};
use camlab_explain::compute::{BATCH, ComputeOptions, freeze};
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, ClassProbabilities, Images};
use camlab_store::{Cost, Draft};

/// A layer of a network with fixed parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FrozenLayer {
    /// The network.
    pub network: NetworkSource,
    /// The layer.
    pub layer: String,
    /// Number format of the forward passes.
    pub precision: Precision,
}

/// Activations of a layer for all images of a data set that can be read.
///
/// Inputs: `images`, `network`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LayerFeatures {
    /// The layer.
    pub activations: FrozenLayer,
    /// The images.
    pub images: TestImages,
    /// Images per batch; changes no result.
    pub batch: usize,
}

/// One image with the activations of a layer.
pub(super) struct ImageFeatures<'a> {
    /// Index in the data set.
    pub index: usize,
    /// `[height, width, channels]`.
    pub features: &'a [f32],
    /// Logits of the network.
    pub logits: &'a [f32],
    /// Probabilities that the logits stand for.
    pub probabilities: ClassProbabilities,
    /// Its share of the time of the forward pass, seconds.
    pub seconds: f64,
}

/// Extents of a layer's activations: those of every image are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FeatureExtents {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl FrozenLayer {
    /// Calls `take` for every image that can be read, in the data set's order. `batch` images are in memory at once. The
    /// network's weights are the input `network`, the images the input `images`.
    ///
    /// # Errors
    /// Inputs that cannot be used, an image that cannot be read, and those of `take`.
    pub(super) fn each(
        &self,
        job: &Job<'_>,
        images: &TestImages,
        batch: usize,
        take: &mut dyn FnMut(FeatureExtents, ImageFeatures<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let set = job.dataset("images")?;
        let network = self.network.load(job, "network")?;
        let nodes: Vec<NodeId> = vec![network.graph().tap(&self.layer)?];
        let [height, width] = images.size();
        let probabilities = network.graph().probabilities();
        let numbers = ComputeOptions { precision: self.precision, size: [height, width], batch: BATCH };
        let engine: Engine = freeze(&network, numbers, nodes.clone())?;
        let indices = images.indices_in(&*set)?;
        for batch in Batches::new(Arc::clone(&set), indices, images.loading(batch)) {
            let batch = batch?;
            let count = batch.indices.len();
            if count == 0 {
                continue;
            }
            let pixels = Images { pixels: batch.pixels.into(), count, height, width };
            let started = Instant::now();
            let passed = engine.forward(&pixels, &nodes)?;
            let seconds = started.elapsed().as_secs_f64() / count as f64;
            let classes = (passed.logits.len() / count).max(1);
            let layer: &Activation = passed.taps.first().context("the layer has no activations")?;
            let &Activation { height, width, channels, .. } = layer;
            let extents = FeatureExtents { height, width, channels };
            let logits = passed.logits.chunks_exact(classes);
            for (at, (index, logits)) in batch.indices.iter().zip(logits).enumerate() {
                let features = layer.image(at);
                take(extents, ImageFeatures { index: *index, features, logits, probabilities, seconds })?;
            }
        }
        Ok(())
    }
}

impl Work for LayerFeatures {
    const KIND: &'static str = "features";

    fn version(&self) -> u32 {
        1
    }

    fn counted(&self) -> Option<Value> {
        Some(without(self, &["batch"]))
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let images = self.images.count(job.dataset("images")?.len());
        let mut task = job.progress.task(format!("features {}", job.label()), images, "images");
        let mut writer = FeatureWriter::create(draft.folder())?;
        self.activations.each(job, &self.images, self.batch, &mut |extents, image| {
            writer.push(extents, &image)?;
            task.advance(1)?;
            Ok(())
        })?;
        writer.finish(draft.folder())?;
        task.finish("");
        Ok(Cost::default())
    }
}

const FEATURES: &str = "features.f32";
const ROWS: &str = "features.json";

/// Images and extents of a feature artefact.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FeatureRows {
    extents: Option<FeatureExtents>,
    indices: Vec<usize>,
}

/// Writer of a feature artefact: raw little-endian `f32`, `[height, width, channels]` per image, and the images' indices in
/// the data set.
struct FeatureWriter {
    features: BufWriter<File>,
    rows: FeatureRows,
}

impl FeatureWriter {
    fn create(folder: &Path) -> Result<Self, StageError> {
        let path = folder.join(FEATURES);
        let features = File::create(&path).map(BufWriter::new).map_err(StageError::io("create", &path))?;
        Ok(Self { features, rows: FeatureRows { extents: None, indices: Vec::new() } })
    }

    fn push(&mut self, extents: FeatureExtents, image: &ImageFeatures<'_>) -> Result<(), StageError> {
        self.rows.extents = Some(extents);
        self.rows.indices.push(image.index);
        let bytes: Vec<u8> = image.features.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.features.write_all(&bytes).map_err(StageError::io("write", Path::new(FEATURES)))
    }

    fn finish(mut self, folder: &Path) -> Result<(), StageError> {
        self.features.flush().map_err(StageError::io("write", Path::new(FEATURES)))?;
        let path = folder.join(ROWS);
        let text = serde_json::json!(self.rows).to_string();
        std::fs::write(&path, text).map_err(StageError::io("write", &path))
    }
}

/// Reader of a feature artefact by position; holds the activations of no image.
pub(super) struct FeatureReader {
    features: BufReader<File>,
    /// Extents of every image's activations.
    pub extents: FeatureExtents,
    /// The images' indices in the data set, in the artefact's order.
    pub indices: Vec<usize>,
}

impl FeatureReader {
    /// Opens the artefact in `folder`.
    ///
    /// # Errors
    /// A file that cannot be read, an artefact without images or whose files do not match.
    pub fn open(folder: &Path) -> Result<Self, StageError> {
        let path = folder.join(ROWS);
        let text = std::fs::read_to_string(&path).map_err(StageError::io("read", &path))?;
        let FeatureRows { extents, indices } =
            serde_json::from_str(&text).map_err(|error| damaged(&path, &error.to_string()))?;
        let extents = extents.ok_or_else(|| {
            StageError::Input("none of the images that train the head can be read".to_owned())
        })?;
        let path = folder.join(FEATURES);
        let file = File::open(&path).map_err(StageError::io("read", &path))?;
        let bytes = file.metadata().map_err(StageError::io("read", &path))?.len();
        if bytes != extents.bytes() * indices.len() as u64 {
            return Err(damaged(&path, "its size does not match its images"));
        }
        Ok(Self { features: BufReader::new(file), extents, indices })
    }

    /// Activations of the image at a position of [`Self::indices`], `[height, width, channels]`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read_at(&mut self, position: usize) -> Result<Vec<f32>, StageError> {
        let size = self.extents.bytes();
        let mut bytes = vec![0; size as usize];
        let read = self.features.seek(SeekFrom::Start(size * position as u64));
        read.and_then(|_| self.features.read_exact(&mut bytes))
            .map_err(StageError::io("read", Path::new(FEATURES)))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
    }
}

impl FeatureExtents {
    /// Bytes of one image.
    fn bytes(self) -> u64 {
        4 * (self.height * self.width * self.channels) as u64
    }
}
