use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::map_file::{MapReader, MapRow};
use super::{Job, StageError, TestImages};
use camlab_data::{Dataset, OnBadImage};
use camlab_parts::cam::{BaselineInput, CamSpec};
use camlab_raster::Map;

/// The maps that a stage looks at: an artefact, or a baseline's, which are computed on demand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapOrigin {
    /// An artefact, which is an input of the stage.
    Stage,
    /// A baseline.
    Baseline(BaselineMaps),
}

/// A baseline's maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BaselineMaps {
    /// The baseline.
    pub method: CamSpec,
    /// Incremented when its numbers change.
    pub version: u32,
    /// Seed of a random baseline; `None` for others.
    pub seed: Option<u64>,
}

/// The maps of one method, read image by image.
pub struct MapSource<'a> {
    /// The images, in the data set's order.
    pub rows: Vec<KnownImage>,
    source: MapReading<'a>,
    set: &'a dyn Dataset,
}

enum MapReading<'a> {
    Stored(MapReader),
    Baseline { maps: &'a BaselineMaps, images: TestImages },
}

/// An image of an evaluation.
#[derive(Clone)]
pub struct KnownImage {
    /// Index in the data set.
    pub index: usize,
    /// The row of the map artefact; `None` for baselines.
    pub seen: Option<MapRow>,
    position: usize,
}

impl<'a> MapSource<'a> {
    /// The maps of an origin; an artefact is the input `role` of the stage.
    ///
    /// # Errors
    /// An artefact that is missing or damaged, a sample larger than the data set.
    pub fn open(
        job: &Job<'_>,
        role: &str,
        origin: &'a MapOrigin,
        images: &TestImages,
        set: &'a dyn Dataset,
    ) -> anyhow::Result<Self> {
        let maps = match origin {
            MapOrigin::Stage => return Self::stored(&job.folder(role)?, set),
            MapOrigin::Baseline(maps) => maps,
        };
        let indices = usable(images, set, images.indices_in(set)?);
        let known = |(position, index)| KnownImage { index, seen: None, position };
        let rows = indices.into_iter().enumerate().map(known).collect();
        Ok(Self { rows, source: MapReading::Baseline { maps, images: images.clone() }, set })
    }

    /// The maps of the artefact in a folder.
    ///
    /// # Errors
    /// An artefact that is damaged.
    pub fn stored(folder: &Path, set: &'a dyn Dataset) -> anyhow::Result<Self> {
        let reader = MapReader::open(folder)?;
        let known = |(position, row): (usize, &MapRow)| KnownImage {
            index: row.index,
            seen: Some(row.clone()),
            position,
        };
        let rows = reader.rows.iter().enumerate().map(known).collect();
        Ok(Self { rows, source: MapReading::Stored(reader), set })
    }

    /// The map of the image at `index` of the data set, on its own grid; `None` for a skipped image.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(&mut self, index: usize) -> anyhow::Result<Option<Map>> {
        let found = self.rows.binary_search_by_key(&index, |row| row.index).ok();
        match found {
            Some(at) => Ok(self.chunk(at, 1)?.pop().map(|(_, map)| map)),
            None => Ok(None),
        }
    }

    /// At most `count` images from position `start` of `rows`, with their maps.
    ///
    /// # Errors
    /// A file or, for a baseline computed from the images, an image that cannot be read.
    pub fn chunk(&mut self, start: usize, count: usize) -> anyhow::Result<Vec<(KnownImage, Map)>> {
        let rows = &self.rows[start..(start + count).min(self.rows.len())];
        match &mut self.source {
            MapReading::Stored(reader) => {
                rows.iter().map(|row| Ok((row.clone(), reader.read_at(row.position)?))).collect()
            }
            MapReading::Baseline { maps, images } => {
                let baseline = maps.method.baseline().ok_or_else(|| {
                    let name = maps.method.name();
                    StageError::Input(format!(
                        "`{name}` is a CAM method, not a baseline; list it under [[maps]] methods"
                    ))
                })?;
                let seed = maps.seed.unwrap_or_default();
                let [height, width] = images.size();
                let draw = |row: &KnownImage| -> anyhow::Result<(KnownImage, Map)> {
                    let photo = match baseline.needs_photo() {
                        true => Some(images.photo(self.set, row.index)?),
                        false => None,
                    };
                    let image = self.set.id(row.index);
                    let canvas = BaselineInput { height, width, seed, image, photo: photo.as_ref() };
                    Ok((row.clone(), baseline.map(canvas)))
                };
                rows.par_iter().map(draw).collect()
            }
        }
    }
}

/// The readable images. Most baselines read no pixels, but all are evaluated on the same images as every method.
pub(super) fn usable(images: &TestImages, set: &dyn Dataset, indices: Vec<usize>) -> Vec<usize> {
    if images.on_bad_image != OnBadImage::Skip {
        return indices;
    }
    indices.into_par_iter().filter(|index| set.photo(*index).is_ok()).collect()
}
