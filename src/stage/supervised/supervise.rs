use std::path::Path;
use std::sync::Arc;

use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::features::{FeatureExtents, FeatureReader};
use crate::work::version_of;
use crate::{Job, StageError, TestImages, Work};
use camlab_base::counted;
use camlab_base::random::stream;
use camlab_data::Dataset;
use camlab_frame::{self as frame, Assembly, HeadTrainingRow};
use camlab_parts::localiser::{
    FeatureStatistics, HeadDescent, HeadSample, HeadTargets, HeadTraining, LinearHead, LocaliserSpec,
};
use camlab_store::{Cost, Draft};

/// File of a head in its artefact.
const HEAD: &str = "head.json";

/// Training of a supervised localiser's head.
///
/// Inputs: `images`, which have boxes or masks, and `features`, the activations of these images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Supervise {
    /// The head.
    pub head: LocaliserSpec,
    /// Size of the input, at which the truth is read.
    pub images: TestImages,
    /// Options of the training.
    pub training: HeadTraining,
    /// Seed of the order of the images.
    pub seed: u64,
}

/// The images of a training that have a truth to learn from.
struct TaughtImages<'a> {
    work: &'a Supervise,
    set: Arc<dyn Dataset>,
    features: FeatureReader,
    /// Their positions among the features.
    positions: Vec<usize>,
}

impl Work for Supervise {
    const KIND: &'static str = "supervise";
    const FRAMES: &'static [Assembly] = &[Assembly::of::<HeadTrainingRow>()];

    fn version(&self) -> u32 {
        version_of(1, self.head.localiser().version())
    }

    fn units(&self, _: &dyn Fn(&str) -> Option<usize>) -> f64 {
        (self.training.steps * self.training.batch) as f64
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let mut images = TaughtImages::open(self, job)?;
        let localiser = self.head.localiser();
        let steps = self.training.steps;
        let mut task = job.progress.task(format!("supervise {}", job.label()), steps, "steps");
        let mut statistics = FeatureStatistics::default();
        for position in images.positions.clone() {
            statistics.add(&images.features_of(position)?, images.features.extents.channels);
        }
        let mut descent = HeadDescent::new(localiser, &statistics, self.training.clone());
        let mut rows = Vec::with_capacity(steps);
        let mut order: Vec<usize> = Vec::new();
        let mut epoch = 0u32;
        for step in 0..steps {
            if order.is_empty() {
                epoch += 1;
                order.clone_from(&images.positions);
                order.shuffle(&mut stream(self.seed, &format!("supervise/epoch/{epoch}")));
            }
            let rest = order.split_off(self.training.batch.min(order.len()));
            let samples = images.samples(&std::mem::replace(&mut order, rest))?;
            let learning_rate = self.training.rate(step);
            let loss = descent.step(localiser, &samples);
            rows.push(HeadTrainingRow {
                cell: String::new(),
                seed: 0,
                network: String::new(),
                method: String::new(),
                layer: String::new(),
                step: step as u32 + 1,
                epoch,
                learning_rate,
                loss,
            });
            task.advance(1)?;
        }
        let head = descent.head();
        let finite = head.weights.iter().chain(&head.bias).all(|value| value.is_finite());
        if !finite {
            let name = self.head.name();
            let why = format!("the training of the head `{name}` diverged; write a smaller `lr`");
            return Err(StageError::Input(why).into());
        }
        write_head(&head, draft.folder())?;
        frame::write_artefact(draft.folder(), &rows)?;
        let last = rows.last().map_or(0.0, |row| row.loss);
        let without = images.features.indices.len() - images.positions.len();
        let left_out = match without {
            0 => String::new(),
            _ => format!(", {} without boxes or masks", counted(without, "image")),
        };
        task.finish(format!("{}{left_out}, loss {last:.4}", counted(images.positions.len(), "image")));
        Ok(Cost::default())
    }
}

impl<'a> TaughtImages<'a> {
    fn open(work: &'a Supervise, job: &Job<'_>) -> anyhow::Result<Self> {
        let (set, features) = (job.dataset("images")?, FeatureReader::open(&job.folder("features")?)?);
        let mut images = Self { work, set, features, positions: Vec::new() };
        let all = 0..images.features.indices.len();
        let taught = all.into_par_iter().map(|position| Ok((position, images.targets(position)?.is_some())));
        let taught = taught.collect::<anyhow::Result<Vec<_>>>()?;
        images.positions = taught.into_iter().filter(|(_, taught)| *taught).map(|(at, _)| at).collect();
        if images.positions.is_empty() {
            let why = "none of the images that train the head has a box or a mask inside it";
            return Err(StageError::Input(why.to_owned()).into());
        }
        Ok(images)
    }

    /// Targets of the image at a position of the features; `None` if its truth has none.
    fn targets(&self, position: usize) -> anyhow::Result<Option<HeadTargets>> {
        let [height, width] = self.work.images.size();
        let FeatureExtents { height: rows, width: columns, .. } = self.features.extents;
        let index = self.features.indices.get(position).copied().unwrap_or_default();
        let truth = self.set.truth(index)?.at(height, width);
        Ok(self.work.head.localiser().targets(&truth, (rows, columns)))
    }

    /// Activations of the image at a position, pooled for a head that pools.
    fn features_of(&mut self, position: usize) -> anyhow::Result<Vec<f32>> {
        let features = self.features.read_at(position)?;
        Ok(match self.work.head.localiser().pools() {
            true => LinearHead::pooled(&features, self.features.extents.channels),
            false => features,
        })
    }

    fn samples(&mut self, positions: &[usize]) -> anyhow::Result<Vec<HeadSample>> {
        let features = positions.iter().map(|position| Ok((*position, self.features_of(*position)?)));
        let features = features.collect::<anyhow::Result<Vec<_>>>()?;
        let own = &*self;
        let samples = features.into_par_iter().map(|(position, features)| {
            let targets = own.targets(position)?;
            Ok(targets.map(|targets| HeadSample { features, targets }))
        });
        Ok(samples.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

/// Reads the head of an artefact.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read_head(folder: &Path) -> Result<LinearHead, StageError> {
    let path = folder.join(HEAD);
    let text = std::fs::read_to_string(&path).map_err(StageError::io("read", &path))?;
    serde_json::from_str(&text).map_err(|error| crate::map_file::damaged(&path, &error.to_string()))
}

fn write_head(head: &LinearHead, folder: &Path) -> Result<(), StageError> {
    let path = folder.join(HEAD);
    std::fs::write(&path, serde_json::json!(head).to_string()).map_err(StageError::io("write", &path))
}
