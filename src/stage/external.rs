use std::fs::File;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evaluate::CHUNK;
use super::map_file::{MapRow, MapWriter};
use super::prediction_file::PredictionReader;
use super::{Job, StageError, TestImages, Verbosity, Work};
use camlab_base::counted;
use camlab_config::Target;
use camlab_data::Dataset;
use camlab_explain::ClassPrediction;
use camlab_explain::target::{KnownLabels, TargetRule};
use camlab_graph::StageInput;
use camlab_mapfile::{
    ChannelChoice, FilePattern, FoundMaps, MapFileOptions, MapFolder, PatternImage, read_map,
};
use camlab_nn::ClassProbabilities;
use camlab_raster::Flag;
use camlab_store::{Cost, Draft};

/// Maps of the test images from files that another program has written.
///
/// Inputs: `images`, `files` (the folder), and `predictions`, class scores of the images, if a network classifies them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExternalMaps {
    /// Properties of the files.
    pub files: MapFileOptions,
    /// Pattern of their names.
    pub pattern: FilePattern,
    /// The images.
    pub images: TestImages,
    /// Target class of maps whose files do not name one by their channel.
    pub target: Target,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
    /// The probabilities that the class scores stand for.
    #[serde(default, skip_serializing_if = "ClassProbabilities::is_softmax")]
    pub probabilities: ClassProbabilities,
}

impl Work for ExternalMaps {
    const KIND: &'static str = "external";

    fn version(&self) -> u32 {
        1
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let indices = self.images.indices_in(&*set)?;
        let root = job.file("files")?;
        let folder = MapFolder::open(&root, self.files.format)?;
        let found = folder.find(&self.pattern, (0..set.len()).map(|index| named(&*set, index)))?;
        let labels = self.labels.then(|| KnownLabels::new(&set));
        // Labels are used only for the columns of the evaluation, unless the target class is the label.
        let target = match self.files.class {
            ChannelChoice::Only => TargetRule::new(&self.target, set.classes(), labels)?,
            ChannelChoice::Label => TargetRule::Label(labels.ok_or_else(|| {
                StageError::Input("`class = \"label\"` needs `data.labels = \"known\"`".to_owned())
            })?),
            ChannelChoice::Index(class) => TargetRule::Class(class),
        };
        let mut scores = match job.has("predictions") {
            true => Some(PredictionReader::open(&job.folder("predictions")?)?),
            false => None,
        };
        // Images that the network could not read have no scores, and count for no method.
        let indices = scores.as_ref().map_or(indices, |scores| scores.indices.clone());
        let mut task = job.progress.task(format!("read {}", job.label()), indices.len(), "images");
        let mut writer = MapWriter::create(draft.folder())?;
        let mut missing = 0;
        for chunk in indices.chunks(CHUNK) {
            let mut rows = Vec::with_capacity(chunk.len());
            for index in chunk {
                let logits = scores.as_mut().map(PredictionReader::read).transpose()?;
                let label = set.label(*index);
                let class = match (&logits, &target) {
                    (_, TargetRule::Class(class)) => *class,
                    (_, TargetRule::Label(labels)) => labels.label(*index),
                    (Some(logits), target) => target
                        .choose(logits, &[*index])
                        .first()
                        .and_then(|picks| picks.first())
                        .map_or(0, |p| p.class),
                    (None, _) => {
                        let why = "the maps are of the predicted class, but no network predicts it";
                        return Err(StageError::Input(why.to_owned()).into());
                    }
                };
                rows.push((
                    *index,
                    class,
                    logits.map(|logits| {
                        ClassPrediction::new(&logits, label, &set.labels(*index), self.probabilities)
                    }),
                ));
            }
            let read = rows.into_par_iter().filter_map(|(index, target, prediction)| {
                let path = found.path(index)?;
                let channel = self.files.class.channel(target);
                Some(read_map(&path, &self.files, channel).map(|map| {
                    let flag = Flag::of(&map);
                    (MapRow { index, target, prediction, flag, refined_probability: None }, map)
                }))
            });
            let read: Vec<_> = read.collect::<Result<_, _>>()?;
            missing += chunk.len() - read.len();
            for (row, map) in read {
                writer.push(&map, &row)?;
            }
            task.advance(chunk.len())?;
        }
        anyhow::ensure!(
            missing < indices.len(),
            "{}: no file belongs to an image; correct `root` or `pattern`",
            root.display()
        );
        // The artefact is kept under the contents that the run was planned for.
        let planned = job.stage.spec.inputs.get("files").next();
        let read = content_digest(&found)?;
        anyhow::ensure!(
            matches!(planned, Some(StageInput::Content(planned)) if planned.as_str() == read),
            "{}: the maps have changed since the run was planned; run the experiment again",
            root.display()
        );
        writer.finish()?;
        task.finish(match missing {
            0 => String::new(),
            _ => format!("{} without a map", counted(missing, "image")),
        });
        if found.surplus.count > 0 {
            let first = found.surplus.first.join("`, `");
            let more = if found.surplus.count > found.surplus.first.len() { ", ..." } else { "" };
            job.progress.say(
                Verbosity::Normal,
                format!("  of no image: {}, `{first}`{more}", counted(found.surplus.count, "file")),
            );
        }
        Ok(Cost::default())
    }
}

/// An image as patterns name it.
fn named(set: &dyn Dataset, index: usize) -> PatternImage<'_> {
    let label = set.label(index);
    PatternImage { id: set.id(index), class: &set.classes()[label], class_index: label }
}

/// blake3 of the names and contents of the found files, in the images' order.
///
/// # Errors
/// A file that cannot be read.
pub fn content_digest(found: &FoundMaps) -> Result<String, StageError> {
    let files: Vec<(&str, PathBuf)> = found.files().collect();
    let of = |(_, path): &(&str, PathBuf)| {
        let mut hasher = blake3::Hasher::new();
        let file = File::open(path).map_err(StageError::io("read", path))?;
        hasher.update_reader(file).map_err(StageError::io("read", path))?;
        Ok(hasher.finalize())
    };
    let hashes = files.par_iter().map(of).collect::<Result<Vec<_>, StageError>>()?;
    let mut all = blake3::Hasher::new();
    for ((name, _), content) in files.iter().zip(hashes) {
        all.update(name.as_bytes()).update(&[0]).update(content.as_bytes());
    }
    Ok(all.finalize().to_hex().to_string())
}
