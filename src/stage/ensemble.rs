use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::map_file::{MapReader, MapRow, MapWriter};
use super::prediction_file::PredictionReader;
use super::work::version_of;
use super::{Job, TestImages, Work};
use camlab_explain::ClassPrediction;
use camlab_nn::ClassProbabilities;
use camlab_parts::fusion::{EnsembleCanvas, FusionSpec};
use camlab_raster::{Flag, Interpolation, Map};
use camlab_store::{Cost, Draft, ImageCost};

/// Maps and predictions of an ensemble, from the maps and class scores of its members.
///
/// Inputs: `images`, and `maps` and `predictions`, one of each per member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EnsembleMaps {
    /// The method of fusion.
    pub method: FusionSpec,
    /// The images.
    pub images: TestImages,
    /// Upsampling of the members' maps, if the method combines them at the input's size.
    pub interpolation: Option<Interpolation>,
    /// The probabilities that the members' class scores stand for.
    #[serde(default, skip_serializing_if = "ClassProbabilities::is_softmax")]
    pub probabilities: ClassProbabilities,
}

impl Work for EnsembleMaps {
    const KIND: &'static str = "ensemble";

    fn version(&self) -> u32 {
        version_of(3, self.method.version())
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let name = self.method.name();
        let ensemble = self.method.ensemble().with_context(|| format!("`{name}` is not an ensemble"))?;
        let open = |folder: &std::path::PathBuf| MapReader::open(folder);
        let mut maps: Vec<MapReader> = job.folders("maps")?.iter().map(open).collect::<Result<_, _>>()?;
        let open = |folder: &std::path::PathBuf| PredictionReader::open(folder);
        let mut scores: Vec<PredictionReader> =
            job.folders("predictions")?.iter().map(open).collect::<Result<_, _>>()?;
        let costs: Vec<Cost> =
            job.folders("maps")?.iter().map(|folder| Cost::read(folder)).collect::<Result<_, _>>()?;
        let first = maps.first().context("the ensemble has no members")?;
        let indices: Vec<usize> = first.rows.iter().map(|row| row.index).collect();
        let same =
            maps.iter().all(|reader| reader.rows.iter().map(|row| row.index).eq(indices.iter().copied()))
                && scores.iter().all(|reader| reader.indices == indices);
        anyhow::ensure!(
            same,
            "the members' maps are of different images; image files may have changed since they were computed: delete \
         the folders `map` and `predict` of the store and run again"
        );

        let set = job.dataset("images")?;
        let interpolation = self.interpolation.unwrap_or(Interpolation::Bilinear);
        let canvas = EnsembleCanvas { size: self.images.size(), interpolation };
        let mut writer = MapWriter::create(draft.folder())?;
        let mut cost = Cost::default();
        let mut task = job.progress.task(format!("fuse {}", job.label()), indices.len(), "images");
        for (position, index) in indices.iter().enumerate() {
            let rows: Vec<MapRow> = maps.iter().map(|reader| reader.rows[position].clone()).collect();
            let members: Vec<Map> = maps.iter_mut().map(MapReader::read).collect::<Result<_, _>>()?;
            let logits: Vec<Vec<f32>> =
                scores.iter_mut().map(PredictionReader::read).collect::<Result<_, _>>()?;
            let logits: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
            let target = rows[0].target;
            let agree = rows.iter().all(|row| row.target == target);
            anyhow::ensure!(
                agree,
                "the members' maps of image {} are of different target classes; write target = \"label\"",
                set.id(*index)
            );
            let map = ensemble.map(&members, canvas);
            let odd = rows.iter().any(|row| row.flag == Flag::Nan);
            let flag = if odd { Flag::Nan } else { Flag::of(&map) };
            let row = MapRow {
                index: *index,
                target,
                prediction: Some(ClassPrediction::new(
                    &ensemble.logits(&logits, self.probabilities),
                    set.label(*index),
                    &set.labels(*index),
                    self.probabilities,
                )),
                flag,
                refined_probability: None,
            };
            writer.push(&map, &row)?;
            let of = || costs.iter().filter_map(|cost| cost.images.get(position));
            cost.images.push(ImageCost {
                index: *index,
                seconds: of().map(|cost| cost.seconds).sum(),
                forwards: of().map(|cost| cost.forwards).sum(),
            });
            task.advance(1)?;
        }
        writer.finish()?;
        task.finish("");
        Ok(cost)
    }
}
