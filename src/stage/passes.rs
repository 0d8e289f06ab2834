//! Class scores and maps by forward and backward passes over the test images.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::Verbosity;
use super::altered::{AlteredImages, ORIGINAL, targets};
use super::map_file::{MapRow, MapWriter};
use super::map_source::MapSource;
use super::network::NetworkSource;
use super::pass_key::{PassKey, Versions};
use super::prediction_file::PredictionWriter;
use super::work::{version_of, without, work_of};
use super::{Job, StageError, TestImages, Work};
use camlab_config::MapOptions;
use camlab_data::Batches;
use camlab_engine::Precision;
use camlab_explain::ClassPrediction;
use camlab_explain::compute::{BATCH, ComputeOptions};
use camlab_explain::request::Request;
use camlab_explain::session::Session;
use camlab_explain::target::{KnownLabels, TargetRule};
use camlab_graph::Stage;
use camlab_nn::Images;
use camlab_parts::cam::CamSpec;
use camlab_raster::Interpolation;
use camlab_store::{Cost, Draft, ImageCost};

/// File that lists the unreadable images, one per line.
pub const SKIPPED: &str = "skipped.txt";
/// Number of skipped images that are named on the terminal.
const NAMED: usize = 5;

/// Class scores of the test images by one network.
///
/// Inputs: `images`, and `network` (an artefact or a file).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Predict {
    /// The network.
    pub network: NetworkSource,
    /// The images.
    pub images: TestImages,
    /// Number format of the forward passes.
    pub precision: Precision,
    /// Images per batch; changes no result.
    pub batch: usize,
}

/// Maps of the test images by one method at one layer, or at several that are combined.
///
/// Inputs: `images`, `network` (an artefact or a file), and `original`, the maps of the unchanged images, if they are
/// altered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MapPasses {
    /// The network.
    pub network: NetworkSource,
    /// The images.
    pub images: TestImages,
    /// Number format of the forward passes.
    pub precision: Precision,
    /// Images per batch; changes no result.
    pub batch: usize,
    /// The method.
    pub method: CamSpec,
    /// One layer, or those that are combined.
    pub layers: Vec<String>,
    /// Target class, refinement, augmentation and combination of layers.
    pub look: MapOptions,
    /// Upsampling of maps that are combined; `None` if there is nothing to combine.
    pub interpolation: Option<Interpolation>,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
    /// Change of the images before the passes; `None`: they are unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altered: Option<AlteredImages>,
}

impl Work for Predict {
    const KIND: &'static str = "predict";

    fn version(&self) -> u32 {
        3
    }

    fn counted(&self) -> Option<serde_json::Value> {
        Some(without(self, &["batch"]))
    }

    fn pass(&self, stage: &Stage) -> Option<PassKey> {
        Some(PassKey::new(stage, &self.network, &self.images, self.precision, None))
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn size(&self) -> Option<serde_json::Value> {
        let Self { network, images, precision, .. } = self;
        let (network, images) = (&network.architecture, images.size());
        Some(serde_json::json!({ "network": network, "images": images, "precision": precision }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let mut made = self.group().run(job, &mut [], Some(draft))?;
        made.pop().context("one stage gives one cost")
    }
}

impl Work for MapPasses {
    const KIND: &'static str = "map";

    fn version(&self) -> u32 {
        version_of(4, self.method.cam().map_or(0, |cam| cam.version()))
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = without(self, &["batch"]);
        counted["method"] = self.method.numbers();
        Some(counted)
    }

    fn pass(&self, stage: &Stage) -> Option<PassKey> {
        let MapOptions { target, refine, aug_smooth, .. } = self.look.clone();
        let versions = Versions {
            target,
            refine,
            aug_smooth,
            interpolation: self.interpolation,
            labels: self.labels,
            altered: self.altered.clone(),
        };
        Some(PassKey::new(stage, &self.network, &self.images, self.precision, Some(versions)))
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn size(&self) -> Option<serde_json::Value> {
        let Self { network, images, precision, method, layers, look, .. } = self;
        Some(serde_json::json!({
            "network": network.architecture,
            "images": images.size(),
            "precision": precision,
            "method": method,
            "layers": layers,
            "look": look,
        }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let mut made = self.group().run(job, &mut [(self, draft)], None)?;
        made.pop().context("one stage gives one cost")
    }
}

/// Runs stages whose [`PassKey`]s join: class scores of one network and maps.
pub(super) fn together(jobs: &[Job<'_>]) -> anyhow::Result<()> {
    let started = Instant::now();
    let (mut maps, mut map_drafts): (Vec<MapPasses>, Vec<Draft>) = (Vec::new(), Vec::new());
    let mut scores: Option<(Predict, Draft)> = None;
    let mut named = None;
    for job in jobs {
        match job.stage.spec.kind.as_str() {
            MapPasses::KIND => {
                named.get_or_insert(job);
                maps.push(work_of(job.stage)?);
                map_drafts.push(job.store.draft(job.stage)?);
            }
            Predict::KIND if scores.is_none() => {
                scores = Some((work_of(job.stage)?, job.store.draft(job.stage)?));
            }
            kind => anyhow::bail!("a {kind} stage shares its passes with no other like it"),
        }
    }
    let (score_work, mut score_draft) = scores.unzip();
    let group = match (maps.first(), &score_work) {
        (Some(first), _) => first.group(),
        (None, Some(first)) => first.group(),
        (None, None) => return Ok(()),
    };
    let job = named.or(jobs.first()).context("a group has stages")?;
    let costs = {
        let mut wanted: Vec<(&MapPasses, &mut Draft)> = maps.iter().zip(&mut map_drafts).collect();
        group.run(job, &mut wanted, score_draft.as_mut())?
    };
    let seconds = started.elapsed().as_secs_f64() / jobs.len() as f64;
    let peak_bytes = job.peak_memory();
    for (draft, cost) in map_drafts.into_iter().chain(score_draft).zip(costs) {
        draft.finish(&Cost { seconds, peak_bytes, ..cost })?;
    }
    Ok(())
}

/// Upsampling where nothing is upsampled.
const UNUSED: Interpolation = Interpolation::Bilinear;

/// The options that the stages of one job have in common.
struct PassGroup<'a> {
    network: &'a NetworkSource,
    images: &'a TestImages,
    precision: Precision,
    batch: usize,
    look: MapOptions,
    interpolation: Interpolation,
    labels: bool,
    altered: Option<&'a AlteredImages>,
}

impl Predict {
    fn group(&self) -> PassGroup<'_> {
        let Self { network, images, precision, batch } = self;
        // Only logits are computed, which no map option changes.
        let (look, interpolation) = (MapOptions::default(), UNUSED);
        PassGroup {
            network,
            images,
            precision: *precision,
            batch: *batch,
            look,
            interpolation,
            labels: false,
            altered: None,
        }
    }
}

impl MapPasses {
    fn group(&self) -> PassGroup<'_> {
        let Self { network, images, precision, batch, look, labels, altered, .. } = self;
        let (look, interpolation) = (look.clone(), self.interpolation.unwrap_or(UNUSED));
        PassGroup {
            network,
            images,
            precision: *precision,
            batch: *batch,
            look,
            interpolation,
            labels: *labels,
            altered: altered.as_ref(),
        }
    }
}

impl PassGroup<'_> {
    /// Runs the passes batch by batch and writes all artefacts; returns their costs, maps first.
    fn run(
        &self,
        job: &Job<'_>,
        maps: &mut [(&MapPasses, &mut Draft)],
        scores: Option<&mut Draft>,
    ) -> anyhow::Result<Vec<Cost>> {
        let network = self.network.load(job, "network")?;
        let set = job.dataset("images")?;
        let indices = self.images.indices_in(&*set)?;
        let [height, width] = self.images.size();
        let numbers = ComputeOptions { precision: self.precision, size: [height, width], batch: BATCH };
        let mut original = match self.altered {
            Some(altered) => Some((altered, MapSource::stored(&job.folder(ORIGINAL)?, &*set)?)),
            None => None,
        };
        let target = match maps.is_empty() || original.is_some() {
            true => TargetRule::Predicted,
            false => {
                let labels = self.labels.then(|| KnownLabels::new(&set));
                TargetRule::new(&self.look.target, set.classes(), labels)?
            }
        };
        let requests: Vec<_> = maps
            .iter()
            .map(|(work, _)| Request::new(&work.method, &work.layers, &work.look, &network))
            .collect::<Result<_, _>>()?;
        // Stages that combine nothing do not look at the interpolation.
        let interpolation =
            maps.iter().find_map(|(work, _)| work.interpolation).unwrap_or(self.interpolation);
        let session = Session::new(&network, requests, &self.look, numbers, interpolation)?
            .within(self.images.input.normalise.range());

        let mut writers: Vec<_> =
            maps.iter().map(|(_, draft)| MapWriter::create(draft.folder())).collect::<Result<_, _>>()?;
        let mut costs = vec![Cost::default(); maps.len()];
        let mut score_writer =
            scores.as_ref().map(|draft| PredictionWriter::create(draft.folder())).transpose()?;
        let title = match maps.len() {
            0 => format!("scores of {}", job.label()),
            1 => format!("maps of {}", job.label()),
            kinds => format!("maps of {} ({kinds} kinds)", job.label()),
        };
        let mut task = job.progress.task(title, indices.len(), "images");
        let (mut usable, mut skipped, mut last_skipped) = (0, Vec::new(), None);
        for batch in Batches::new(set.clone(), indices, self.images.loading(self.batch)) {
            let mut batch = batch?;
            for (index, error) in &batch.skipped {
                // Rows of one image are one file.
                let image = set.image(*index);
                if last_skipped.replace(image) == Some(image) {
                    continue;
                }
                skipped.push(format!("{}: {}", set.id(*index), error.fault));
            }
            task.advance(batch.indices.len() + batch.skipped.len())?;
            // A batch may hold only unreadable images.
            if batch.indices.is_empty() {
                continue;
            }
            let mut given = None;
            if let Some((altered, original)) = &mut original {
                altered.apply(self.images, &*set, original, &mut batch)?;
                given = Some(targets(original, &*set, &batch.indices)?);
            }
            // Labels are used only for the columns of the evaluation; the passes do not read them.
            let labels: Vec<usize> = batch.indices.iter().map(|index| set.label(*index)).collect();
            let images = Images { pixels: batch.pixels.into(), count: labels.len(), height, width };
            let seen = session.maps(&images, |logits| {
                given.take().unwrap_or_else(|| target.choose(logits, &batch.indices))
            })?;
            let classes = seen.logits.len() / labels.len();
            let probabilities = network.graph().probabilities();
            let said: Vec<ClassPrediction> = seen
                .logits
                .chunks_exact(classes)
                .zip(labels.iter().zip(&batch.indices))
                .map(|(row, (label, index))| {
                    ClassPrediction::new(row, *label, &set.labels(*index), probabilities)
                })
                .collect();
            if let Some(writer) = &mut score_writer {
                for (index, row) in batch.indices.iter().zip(seen.logits.chunks_exact(classes)) {
                    writer.push(*index, row)?;
                }
            }
            let refined: Option<Vec<Vec<f32>>> = seen
                .refined
                .as_ref()
                .map(|logits| logits.chunks_exact(classes).map(|row| probabilities.of(row)).collect());
            for ((writer, cost), images) in writers.iter_mut().zip(&mut costs).zip(&seen.maps) {
                for (at, made) in images.iter().enumerate() {
                    let index = batch.indices[at];
                    let row = MapRow {
                        index,
                        target: seen.targets[at],
                        prediction: Some(said[at].clone()),
                        flag: made.flag,
                        refined_probability: refined.as_ref().map(|refined| refined[at][seen.targets[at]]),
                    };
                    writer.push(&made.map, &row)?;
                    cost.images.push(ImageCost { index, seconds: made.seconds, forwards: made.forwards });
                }
            }
            usable += labels.len();
        }
        if usable == 0 {
            anyhow::bail!(
                "none of the {} test images can be read; the first error: {}",
                skipped.len(),
                skipped.first().map_or("there are no images", String::as_str)
            );
        }
        for (writer, (_, draft)) in writers.into_iter().zip(maps) {
            writer.finish()?;
            list(&draft.path(SKIPPED), &skipped)?;
        }
        if let (Some(writer), Some(draft)) = (score_writer, scores) {
            writer.finish(draft.folder())?;
            list(&draft.path(SKIPPED), &skipped)?;
            costs.push(Cost::default());
        }
        task.finish(if skipped.is_empty() {
            String::new()
        } else {
            format!("{} skipped", camlab_base::counted(skipped.len(), "bad image"))
        });
        for line in skipped.iter().take(NAMED) {
            job.progress.say(Verbosity::Normal, format!("  skipped {line}"));
        }
        if skipped.len() > NAMED {
            let more = skipped.len() - NAMED;
            job.progress.say(Verbosity::Normal, format!("  skipped {more} more, which the report names"));
        }
        Ok(costs)
    }
}

fn list(path: &Path, skipped: &[String]) -> Result<(), StageError> {
    std::fs::write(path, skipped.join("\n")).map_err(StageError::io("write", path))
}
