use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::row::frame;
use super::{CellSet, FrameError, MapName, UNCHANGED, read_of_if_there};

frame! {
    /// `mean-curves.parquet`: mean over images of the target class's probability while pixels are changed in the order of
    /// the map; a row per cell, map, curve and position.
    ProbabilityCurveRow in "mean-curves.parquet" {
        /// Cell of the experiment.
        cell: Arc<str>,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: Arc<str>,
        /// CAM method.
        method: Arc<str>,
        /// Tapped layer; `-` for maps of other programs.
        layer: Arc<str>,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: Arc<str>,
        /// Column of the images' own curves in `images.parquet`, such as `insertion_curve`.
        curve: Arc<str>,
        /// Share of changed pixels: shown (insertion), removed (deletion) or imputed (ROAD).
        position: f64 => "0 to 1",
        /// Mean softmax probability of the target class.
        value: f64 => "0 to 1",
        /// Number of images that have the curve.
        images: u32,
    }
}

frame! {
    /// The columns of `mean-curves.parquet` without names: one point of a map's curves.
    ProbabilityPoint in "mean-curves.parquet" {
        /// Column of the images' own curves in `images.parquet`.
        curve: Arc<str>,
        /// Share of changed pixels.
        position: f64,
        /// Mean softmax probability of the target class.
        value: f64,
        /// Number of images that have the curve.
        images: u32,
    }
}

/// A curve of a map over some cells, under no contrast.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedMeanCurve {
    /// Column of the images' own curves in `images.parquet`.
    pub curve: Arc<str>,
    /// Network, method and layer.
    pub map: MapName,
    /// Position, 0 to 1 ascending, and mean probability over the cells, 0 to 1.
    pub points: Vec<(f64, f64)>,
}

/// Reads the curves of some cells and averages those of one map, in order of appearance; none in a report older than
/// this frame.
///
/// # Errors
/// `mean-curves.parquet` is damaged.
pub fn read_probability_curves(dir: &Path, cells: &CellSet) -> Result<Vec<SeedMeanCurve>, FrameError> {
    type Sums = Vec<(f64, f64, u32)>;
    let mut places: HashMap<(Arc<str>, MapName), usize> = HashMap::new();
    let mut all: Vec<((Arc<str>, MapName), Sums)> = Vec::new();
    let rows: Vec<ProbabilityCurveRow> = read_of_if_there(dir, cells)?;
    for row in rows.into_iter().filter(|row| &*row.contrast == UNCHANGED && row.value.is_finite()) {
        let key = (row.curve, [row.network, row.method, row.layer]);
        let place = *places.entry(key).or_insert_with_key(|key| {
            all.push((key.clone(), Sums::new()));
            all.len() - 1
        });
        let sums = &mut all[place].1;
        match sums.binary_search_by(|(position, ..)| position.total_cmp(&row.position)) {
            Ok(known) => sums[known] = (row.position, sums[known].1 + row.value, sums[known].2 + 1),
            Err(next) => sums.insert(next, (row.position, row.value, 1)),
        }
    }
    let mean = |(position, sum, count): (f64, f64, u32)| (position, sum / f64::from(count));
    let curve = |((curve, map), sums): (_, Sums)| SeedMeanCurve {
        curve,
        map,
        points: sums.into_iter().map(mean).collect(),
    };
    Ok(all.into_iter().map(curve).collect())
}
