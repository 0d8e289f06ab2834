use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evaluate::CHUNK;
use super::map_source::{MapOrigin, MapSource};
use super::prepare::Preparation;
use super::{Job, TestImages, Work};
use camlab_frame::{Assembly, FrameWriter, IntuitiveRow};
use camlab_raster::agreement;
use camlab_store::{Cost, Draft};

/// Similarity of maps to a network's per-pixel reference map (`evaluation.intuitive`), one row per image.
///
/// Inputs: `images`, `reference`, and `maps` unless they are a baseline's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IntuitiveSimilarity {
    /// The maps that are compared.
    pub maps: MapOrigin,
    /// The images.
    pub images: TestImages,
    /// Upsampling and contrast.
    pub preparation: Preparation,
}

impl Work for IntuitiveSimilarity {
    const KIND: &'static str = "intuitive";
    const FRAMES: &'static [Assembly] = &[Assembly::of::<IntuitiveRow>()];

    fn version(&self) -> u32 {
        2
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let set = set.as_ref();
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set)?;
        let mut references = MapSource::open(job, "reference", &MapOrigin::Stage, &self.images, set)?;
        let count = maps.rows.len();
        let mut task = job.progress.task(format!("compare {}", job.label()), count, "images");
        let mut writer = FrameWriter::artefact::<IntuitiveRow>(draft.folder())?;
        for start in (0..count).step_by(CHUNK) {
            let chunk = maps.chunk(start, CHUNK)?;
            let mut known = Vec::with_capacity(chunk.len());
            for (row, map) in &chunk {
                known.extend(references.of(row.index)?.map(|reference| (row.index, map, reference)));
            }
            let alike = known.par_iter().map(|(index, map, reference)| -> anyhow::Result<IntuitiveRow> {
                let map = self.preparation.map(&self.images, set, *index, map)?;
                let reference = self.preparation.reference(&self.images, set, *index, reference)?;
                let found = agreement(&reference, &map);
                Ok(IntuitiveRow {
                    cell: String::new(),
                    seed: 0,
                    network: String::new(),
                    method: String::new(),
                    layer: String::new(),
                    contrast: String::new(),
                    image: set.id(*index).to_owned(),
                    index: *index as u32,
                    reference: String::new(),
                    pearson: found.pearson,
                    spearman: found.spearman,
                    kl: found.divergence,
                })
            });
            writer.rows(&alike.collect::<anyhow::Result<Vec<_>>>()?)?;
            task.advance(chunk.len())?;
        }
        writer.finish()?;
        task.finish("");
        Ok(Cost::default())
    }
}
