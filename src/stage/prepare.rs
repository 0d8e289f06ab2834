//! Post-processing of maps before evaluation: upsampling, scaling, contrast.

use serde::{Deserialize, Serialize};

use super::TestImages;
use camlab_data::Dataset;
use camlab_parts::contrast::ContrastSpec;
use camlab_raster::{Interpolation, Map, min_max_in_place, resize};

/// Upsampling, scaling and contrast of the maps of one evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Preparation {
    /// Upsampling to the input's size.
    pub interpolation: Interpolation,
    /// Transformation of the upsampled map; `None`: none.
    pub contrast: Option<Contrasted>,
    /// `true`: the values are those of a declared range from 0 to 1, not scaled by each map's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_range: bool,
}

/// A contrast, and the version of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Contrasted {
    /// The contrast.
    pub spec: ContrastSpec,
    /// Incremented when it changes.
    pub version: u32,
}

impl Preparation {
    /// Upsampling by `interpolation`, then `contrast`.
    pub fn new(interpolation: Interpolation, contrast: &ContrastSpec) -> Self {
        let contrasted = || Contrasted { spec: contrast.clone(), version: contrast.contrast().version() };
        Self { interpolation, contrast: (!contrast.is_none()).then(contrasted), keeps_range: false }
    }

    /// The same for maps whose values keep their range.
    #[must_use]
    pub fn keeping_range(self, keeps_range: bool) -> Self {
        Self { keeps_range, ..self }
    }

    fn enlarged(&self, images: &TestImages, map: &Map) -> Map {
        let [height, width] = images.size();
        match self.keeps_range {
            false => enlarged(images, self.interpolation, map),
            // Interpolation may leave the range.
            true => {
                let mut map = resize(map, height, width, self.interpolation);
                let cut = |value: &mut f32| *value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
                map.data.iter_mut().for_each(cut);
                map
            }
        }
    }

    /// The map of image `index` at the input's size, min-max scaled to [0, 1] as in wsolevaluation unless it keeps its
    /// range; then, with a contrast, contrasted and scaled again.
    ///
    /// # Errors
    /// A photograph that the contrast needs and that cannot be read.
    pub fn map(
        &self,
        images: &TestImages,
        set: &dyn Dataset,
        index: usize,
        map: &Map,
    ) -> anyhow::Result<Map> {
        let map = self.enlarged(images, map);
        let Some(contrast) = &self.contrast else { return Ok(map) };
        let contrast = contrast.spec.contrast();
        let photo = match contrast.needs_photo() {
            true => Some(images.photo(set, index)?),
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
    /// As [`Preparation::map`].
    pub fn reference(
        &self,
        images: &TestImages,
        set: &dyn Dataset,
        index: usize,
        map: &Map,
    ) -> anyhow::Result<Map> {
        match &self.contrast {
            Some(contrast) if contrast.spec.contrast().changes_reference() => {
                self.map(images, set, index, map)
            }
            _ => Ok(self.enlarged(images, map)),
        }
    }
}

/// A map upsampled to the input's size, then min-max scaled to [0, 1].
pub fn enlarged(images: &TestImages, interpolation: Interpolation, map: &Map) -> Map {
    let [height, width] = images.size();
    let mut map = resize(map, height, width, interpolation);
    min_max_in_place(&mut map);
    map
}
