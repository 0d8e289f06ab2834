//! Pairwise KL divergence between the maps of a network (step A12 of the source article: divergence between methods).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::map_source::MapSource;
use super::prepare::enlarged;
use super::{Job, TestImages, Work};
use camlab_frame::{self as frame, PairRow};
use camlab_raster::{Interpolation, Map, divergences};
use camlab_store::{Cost, Draft};

/// Number of images processed at a time; each has as many upsampled maps as there are methods.
const CHUNK: usize = 8;

/// Divergence of every ordered pair of maps, averaged over the images, one row per pair.
///
/// Inputs: `images`, and `maps`, two or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PairwiseDivergence {
    /// The images.
    pub images: TestImages,
    /// Upsampling to the input's size.
    pub interpolation: Interpolation,
}

impl Work for PairwiseDivergence {
    const KIND: &'static str = "pairwise-divergence";

    fn version(&self) -> u32 {
        2
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let mut sources: Vec<MapSource<'_>> = job
            .folders("maps")?
            .iter()
            .map(|folder| MapSource::stored(folder, set.as_ref()))
            .collect::<Result<_, _>>()?;
        let indices: Vec<usize> =
            sources.first().map(|s| s.rows.iter().map(|row| row.index).collect()).unwrap_or_default();
        let mut task = job.progress.task(format!("compare {}", job.label()), indices.len(), "images");
        let count = sources.len();
        let mut sums = vec![(0.0f64, 0u32); count * count];
        for chunk in indices.chunks(CHUNK) {
            let mut images: Vec<Vec<Map>> = Vec::with_capacity(chunk.len());
            for index in chunk {
                let maps =
                    sources.iter_mut().map(|source| source.of(*index)).collect::<Result<Option<_>, _>>()?;
                images.extend(maps);
            }
            let found: Vec<Vec<Vec<Option<f64>>>> = images
                .par_iter()
                .map(|maps| {
                    let maps: Vec<Map> =
                        maps.iter().map(|map| enlarged(&self.images, self.interpolation, map)).collect();
                    divergences(&maps)
                })
                .collect();
            // Summed in the order of the images, so that the result does not depend on the number of threads.
            for image in found {
                for (sum, kl) in sums.iter_mut().zip(image.into_iter().flatten()) {
                    if let Some(kl) = kl {
                        *sum = (sum.0 + kl, sum.1 + 1);
                    }
                }
            }
            task.advance(chunk.len())?;
        }
        let row = |(place, (sum, n)): (usize, (f64, u32))| PairRow {
            first: (place / count) as u32,
            second: (place % count) as u32,
            kl: (n > 0).then(|| sum / f64::from(n)),
            n,
        };
        let rows: Vec<PairRow> = sums.into_iter().enumerate().map(row).collect();
        frame::write_artefact(draft.folder(), &rows)?;
        task.finish("");
        Ok(Cost::default())
    }
}
