use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::supervise::read_head;
use crate::features::FrozenLayer;
use crate::map_file::{MapRow, MapWriter};
use crate::work::{version_of, without};
use crate::{Job, TestImages, Work};
use camlab_config::Target;
use camlab_explain::ClassPrediction;
use camlab_explain::target::{KnownLabels, TargetRule};
use camlab_parts::localiser::{LinearHead, LocaliserSpec};
use camlab_raster::Flag;
use camlab_store::{Cost, Draft, ImageCost};

/// Maps of a supervised localiser, and the class predictions of its network, made in the same forward passes.
///
/// Inputs: `images`, `network` and `head`, a trained head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SupervisedMaps {
    /// The head's kind, which draws the map.
    pub head: LocaliserSpec,
    /// The layer that it reads.
    pub activations: FrozenLayer,
    /// The images.
    pub images: TestImages,
    /// Images per batch; changes no result.
    pub batch: usize,
    /// The class that metrics with a target class read; the maps depend on no class.
    pub target: Target,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
}

impl Work for SupervisedMaps {
    const KIND: &'static str = "supervised";

    fn version(&self) -> u32 {
        version_of(1, self.head.localiser().version())
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
        let set = job.dataset("images")?;
        let head = read_head(&job.folder("head")?)?;
        let labels = self.labels.then(|| KnownLabels::new(&set));
        let target = TargetRule::new(&self.target, set.classes(), labels)?;
        let localiser = self.head.localiser();
        let size = self.images.size();
        let mut writer = MapWriter::create(draft.folder())?;
        let mut cost = Cost::default();
        let count = self.images.count(set.len());
        let mut task = job.progress.task(format!("maps {}", job.label()), count, "images");
        self.activations.each(job, &self.images, self.batch, &mut |extents, image| {
            let started = Instant::now();
            let outputs = match localiser.pools() {
                true => head.outputs(&LinearHead::pooled(image.features, extents.channels)),
                false => head.outputs(image.features),
            };
            let map = localiser.map(&outputs, (extents.height, extents.width), size);
            let picks = target.choose(image.logits, &[image.index]);
            let class = picks.first().and_then(|picks| picks.first()).map_or(0, |pick| pick.class);
            let row = MapRow {
                index: image.index,
                target: class,
                prediction: Some(ClassPrediction::new(
                    image.logits,
                    set.label(image.index),
                    &set.labels(image.index),
                    image.probabilities,
                )),
                flag: Flag::of(&map),
                refined_probability: None,
            };
            writer.push(&map, &row)?;
            let seconds = image.seconds + started.elapsed().as_secs_f64();
            cost.images.push(ImageCost { index: image.index, seconds, forwards: 1 });
            task.advance(1)?;
            Ok(())
        })?;
        writer.finish()?;
        task.finish("");
        Ok(cost)
    }
}
