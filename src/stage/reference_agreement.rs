//! Similarity of one method's maps to a reference method's maps, per image.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::map_source::{MapOrigin, MapSource};
use super::prepare::enlarged;
use super::{Job, TestImages, Work};
use camlab_frame::{AgreementRow, FrameWriter};
use camlab_raster::{Interpolation, Map, similarity};
use camlab_store::{Cost, Draft};

/// Number of pairs compared at a time; bounds the memory independently of the number of images.
const CHUNK: usize = 64;

/// Similarity of maps to reference maps, one row per image.
///
/// Inputs: `images`, and `reference` and `maps` unless they are a baseline's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReferenceAgreement {
    /// The maps that count as exact.
    pub reference: MapOrigin,
    /// The maps compared with them.
    pub maps: MapOrigin,
    /// The images.
    pub images: TestImages,
    /// Upsampling to the input's size.
    pub interpolation: Interpolation,
}

impl Work for ReferenceAgreement {
    const KIND: &'static str = "reference-agreement";

    fn version(&self) -> u32 {
        2
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let set = set.as_ref();
        let enlarge = |map: &Map| enlarged(&self.images, self.interpolation, map);
        let mut exact = MapSource::open(job, "reference", &self.reference, &self.images, set)?;
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set)?;
        let count = exact.rows.len().min(maps.rows.len());
        let mut task = job.progress.task(format!("compare {}", job.label()), count, "images");
        let mut writer = FrameWriter::artefact::<AgreementRow>(draft.folder())?;
        for start in (0..count).step_by(CHUNK) {
            let pairs: Vec<_> =
                exact.chunk(start, CHUNK)?.into_iter().zip(maps.chunk(start, CHUNK)?).collect();
            let compared = pairs.par_iter().map(|((first, exact), (second, map))| {
                anyhow::ensure!(
                    first.index == second.index,
                    "the maps and the reference maps are of different images"
                );
                let found = similarity(&enlarge(exact), &enlarge(map));
                let found = found.ok_or_else(|| anyhow::anyhow!("a map has no pixels"))?;
                Ok(AgreementRow {
                    cell: String::new(),
                    seed: 0,
                    network: String::new(),
                    method: String::new(),
                    layer: String::new(),
                    reference: String::new(),
                    reference_layer: String::new(),
                    image: set.id(first.index).to_string(),
                    pearson: found.pearson.map(|value| value as f32),
                    spearman: found.spearman.map(|value| value as f32),
                    difference: found.difference as f32,
                    kl: found.kl as f32,
                    ssim: found.ssim.map(|value| value as f32),
                    forwards: None,
                    reference_forwards: None,
                    seconds: 0.0,
                })
            });
            let compared: Vec<AgreementRow> = compared.collect::<anyhow::Result<_>>()?;
            task.advance(compared.len())?;
            writer.rows(&compared)?;
        }
        writer.finish()?;
        task.finish("");
        Ok(Cost::default())
    }
}
