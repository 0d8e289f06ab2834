use rayon::prelude::*;

use super::map_file::{MapReader, MapRow};
use super::{StageError, sample};
use camlab_config::Experiment;
use camlab_data::{Dataset, InputSize, OnBadImage};
use camlab_parts::cam::{Baseline, BaselineInput};
use camlab_plan::{EvaluationSource, EvaluationStage, MapStage, Plan};
use camlab_raster::Map;
use camlab_store::Store;

/// The maps of one method: read from an artefact, or computed on demand for a baseline.
pub struct MapSource<'a> {
    /// The images, in the data set's order.
    pub rows: Vec<KnownImage>,
    source: MapReading<'a>,
    set: &'a dyn Dataset,
}

enum MapReading<'a> {
    Stored(MapReader),
    Baseline { baseline: &'a dyn Baseline, seed: u64, size: InputSize },
}

/// An image of an evaluation and its results so far.
#[derive(Clone)]
pub struct KnownImage {
    /// Index in the data set.
    pub index: usize,
    /// The row of the map artefact; `None` for baselines.
    pub seen: Option<MapRow>,
    position: usize,
}

impl<'a> MapSource<'a> {
    /// The maps that an evaluation is of.
    ///
    /// # Errors
    /// An artefact that is missing or damaged, a sample larger than the data set.
    pub fn open(
        plan: &Plan,
        store: &Store,
        stage: &'a EvaluationStage,
        set: &'a dyn Dataset,
    ) -> anyhow::Result<Self> {
        let cell = &plan.cells[stage.cell];
        match &stage.source {
            EvaluationSource::Maps(map) => Self::stored(store, &plan.maps[*map], set),
            EvaluationSource::Baseline(spec) => {
                let baseline = spec.baseline().ok_or_else(|| {
                    let name = spec.name();
                    StageError::Input(format!(
                        "`{name}` is a CAM method, not a baseline; list it under [[maps]] methods"
                    ))
                })?;
                let indices = usable(&cell.experiment, set, sample::indices(&cell.experiment, set.len())?);
                let known = |(position, index)| KnownImage { index, seen: None, position };
                let rows = indices.into_iter().enumerate().map(known).collect();
                let source =
                    MapReading::Baseline { baseline, seed: cell.seed, size: cell.experiment.data.input.size };
                Ok(Self { rows, source, set })
            }
        }
    }

    /// The maps that a map stage wrote to the store.
    ///
    /// # Errors
    /// An artefact that is missing or damaged.
    pub fn stored(store: &Store, map: &MapStage, set: &'a dyn Dataset) -> anyhow::Result<Self> {
        let reader = MapReader::open(&store.require(&map.spec)?)?;
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
    pub fn of(&mut self, index: usize) -> Result<Option<Map>, StageError> {
        let found = self.rows.binary_search_by_key(&index, |row| row.index).ok();
        match found {
            Some(at) => Ok(self.chunk(at, 1)?.pop().map(|(_, map)| map)),
            None => Ok(None),
        }
    }

    /// At most `count` images from position `start` of `rows`, with their maps.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn chunk(&mut self, start: usize, count: usize) -> Result<Vec<(KnownImage, Map)>, StageError> {
        let rows = &self.rows[start..(start + count).min(self.rows.len())];
        match &mut self.source {
            MapReading::Stored(reader) => {
                rows.iter().map(|row| Ok((row.clone(), reader.read_at(row.position)?))).collect()
            }
            MapReading::Baseline { baseline, seed, size } => {
                let draw = |row: &KnownImage| {
                    let image = self.set.id(row.index);
                    let canvas = BaselineInput { height: size.height, width: size.width, seed: *seed, image };
                    (row.clone(), baseline.map(canvas))
                };
                Ok(rows.par_iter().map(draw).collect())
            }
        }
    }
}

/// The readable images. Baselines read no pixels, but are evaluated on the same images as every method.
fn usable(experiment: &Experiment, set: &dyn Dataset, indices: Vec<usize>) -> Vec<usize> {
    if experiment.data.on_bad_image != OnBadImage::Skip {
        return indices;
    }
    indices.into_par_iter().filter(|index| set.photo(*index).is_ok()).collect()
}
