use rand::RngExt as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::map_source::MapSource;
use super::prepare::Preparation;
use super::{StageError, TestImages};
use camlab_base::random::stream;
use camlab_data::{Dataset, PhotoBatch};
use camlab_explain::target::Pick;
use camlab_parts::metric::pixel_deviation;

/// Role of the maps of the unchanged images.
pub const ORIGINAL: &str = "original";

/// Change of the preprocessed images before the passes of a map stage, whose target classes are those of the maps of the
/// unchanged images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlteredImages {
    /// Uniform noise in `[-radius, radius]` is added to every value.
    Noise {
        /// Largest change of a value, in standard deviations of the preprocessed image.
        radius: f32,
        /// Number of the draw, from 0.
        draw: u32,
        /// Seed of the draws.
        seed: u64,
    },
    /// The image is multiplied by its map.
    Masked {
        /// Upsampling, scaling and contrast of the map.
        preparation: Preparation,
    },
}

impl AlteredImages {
    /// `true` if the change depends on the maps of the unchanged images, and not on their target classes alone.
    pub(super) fn reads_maps(&self) -> bool {
        match self {
            Self::Noise { .. } => false,
            Self::Masked { .. } => true,
        }
    }

    /// Changes the images of a batch. `original` are the maps of the unchanged images.
    ///
    /// # Errors
    /// An image without an original map, or a map that cannot be read.
    pub(super) fn apply(
        &self,
        images: &TestImages,
        set: &dyn Dataset,
        original: &mut MapSource<'_>,
        batch: &mut PhotoBatch,
    ) -> anyhow::Result<()> {
        let each = (batch.pixels.len() / batch.indices.len().max(1)).max(1);
        match self {
            Self::Noise { radius, draw, seed } => {
                let pixels = batch.pixels.par_chunks_exact_mut(each).zip(&batch.indices);
                pixels.for_each(|(pixels, index)| {
                    let mut random = stream(*seed, &format!("sensitivity/{}/{draw}", set.id(*index)));
                    let radius = radius * pixel_deviation(pixels);
                    // `random_range` wants a range that is not empty.
                    if radius > 0.0 {
                        pixels.iter_mut().for_each(|value| *value += random.random_range(-radius..=radius));
                    }
                });
            }
            Self::Masked { preparation } => {
                for (pixels, index) in batch.pixels.chunks_exact_mut(each).zip(&batch.indices) {
                    let raw = original.of(*index)?.ok_or_else(|| unknown(set, *index))?;
                    let map = preparation.map(images, set, *index, &raw)?;
                    let channels = (each / map.data.len().max(1)).max(1);
                    for (pixel, share) in pixels.chunks_exact_mut(channels).zip(&map.data) {
                        pixel.iter_mut().for_each(|value| *value *= share);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The target class of every image of a batch: that of its unchanged image's map.
///
/// # Errors
/// An image without an original map.
pub(super) fn targets(
    original: &MapSource<'_>,
    set: &dyn Dataset,
    indices: &[usize],
) -> Result<Vec<Vec<Pick>>, StageError> {
    let of = |index: &usize| {
        let place = original.rows.binary_search_by_key(index, |row| row.index).ok();
        let target = place.and_then(|place| Some(original.rows[place].seen.as_ref()?.target));
        let class = target.ok_or_else(|| unknown(set, *index))?;
        Ok(vec![Pick { class, weight: 1.0 }])
    };
    indices.iter().map(of).collect()
}

fn unknown(set: &dyn Dataset, index: usize) -> StageError {
    StageError::Input(format!("there is no map of the unchanged image {}", set.id(index)))
}
