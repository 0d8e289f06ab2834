//! Post-processing of maps before evaluation: upsampling, scaling, contrast.

use camlab_config::Experiment;
use camlab_data::{Dataset, InputSize, resize as resize_photo};
use camlab_parts::contrast::ContrastSpec;
use camlab_raster::{Map, min_max_in_place, resize};

/// Upsamples, scales and contrasts the maps of one evaluation.
pub struct Prepare<'a> {
    experiment: &'a Experiment,
    set: &'a dyn Dataset,
    contrast: &'a ContrastSpec,
}

impl<'a> Prepare<'a> {
    /// Post-processing with the sizes and the interpolation of `experiment`.
    pub fn new(experiment: &'a Experiment, set: &'a dyn Dataset, contrast: &'a ContrastSpec) -> Self {
        Self { experiment, set, contrast }
    }

    /// The map of image `index` at the input's size, min-max scaled to [0, 1] as in wsolevaluation; then, with a
    /// contrast, contrasted and scaled again.
    ///
    /// # Errors
    /// A photograph that the contrast needs and that cannot be read.
    pub fn map(&self, index: usize, map: &Map) -> anyhow::Result<Map> {
        let map = enlarged(self.experiment, map);
        if self.contrast.is_none() {
            return Ok(map);
        }
        let contrast = self.contrast.contrast();
        let data = &self.experiment.data;
        let photo = match contrast.needs_photo() {
            true => {
                let photo = self.set.photo_as(index, data.on_bad_image)?;
                Some(resize_photo(photo, data.input.size, data.input.filter))
            }
            false => None,
        };
        let mut map = contrast.apply(&map, photo.as_ref());
        min_max_in_place(&mut map);
        Ok(map)
    }

    /// The reference map (`evaluation.intuitive`) that the map of image `index` is compared with; contrasted only if
    /// the contrast also applies to references.
    ///
    /// # Errors
    /// As [`Prepare::map`].
    pub fn reference(&self, index: usize, map: &Map) -> anyhow::Result<Map> {
        match self.contrast.contrast().changes_reference() {
            true => self.map(index, map),
            false => Ok(enlarged(self.experiment, map)),
        }
    }
}

/// A map upsampled to the input's size, then min-max scaled to [0, 1].
pub fn enlarged(experiment: &Experiment, map: &Map) -> Map {
    let InputSize { height, width } = experiment.data.input.size;
    let mut map = resize(map, height, width, experiment.evaluation.interpolation);
    min_max_in_place(&mut map);
    map
}
