use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evaluate::{CHUNK, flatten};
use super::map_source::{MapOrigin, MapSource};
use super::prepare::Preparation;
use super::{Job, TestImages, Work};
use camlab_frame::{FrameWriter, PseudoBoxRow};
use camlab_raster::boxes::Evaluator;
use camlab_raster::otsu_level;
use camlab_store::{Cost, Draft};

/// A box per image that no person drew: that of the largest component of a map at the threshold of Otsu's method.
///
/// Inputs: `images`, and `maps` unless they are a baseline's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DrawPseudoBoxes {
    /// The maps.
    pub maps: MapOrigin,
    /// The images.
    pub images: TestImages,
    /// Upsampling of the maps.
    pub preparation: Preparation,
}

impl Work for DrawPseudoBoxes {
    const KIND: &'static str = "pseudo-boxes";

    fn version(&self) -> u32 {
        1
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let set = set.as_ref();
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set)?;
        let [height, width] = self.images.size();
        let count = maps.rows.len();
        let mut task = job.progress.task(format!("pseudo-boxes {}", job.label()), count, "images");
        let mut writer = FrameWriter::artefact::<PseudoBoxRow>(draft.folder())?;
        for start in (0..count).step_by(CHUNK) {
            let chunk = maps.chunk(start, CHUNK)?;
            let found = chunk.par_iter().map_init(
                || None,
                |sweep: &mut Option<Evaluator>, (image, map)| {
                    let sweep = match sweep {
                        Some(sweep) => sweep,
                        None => sweep.insert(Evaluator::new(height, width)?),
                    };
                    let map = self.preparation.map(&self.images, set, image.index, map)?;
                    let found = sweep.sweep(&map)?.largest_at(otsu_level(&map));
                    anyhow::Ok(PseudoBoxRow { index: image.index as u32, corners: flatten(&[found]) })
                },
            );
            writer.rows(&found.collect::<anyhow::Result<Vec<_>>>()?)?;
            task.advance(chunk.len())?;
        }
        writer.finish()?;
        task.finish("");
        Ok(Cost::default())
    }
}
