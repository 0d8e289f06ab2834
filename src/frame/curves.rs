use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::MapName;
use super::column::word;
use super::row::frame;
use super::{CellSet, FrameError, FrameReader, UNCHANGED};

word! {
    /// Box of a thresholded map that is compared with the ground truth.
    CurveKind {
        /// The best box of any component (MaxBoxAccV2).
        Any = "any",
        /// The largest component's box (MaxBoxAcc).
        Largest = "largest",
    }
}

frame! {
    /// `curves.parquet`: localisation accuracy over the data set at every map threshold.
    CurveRow in "curves.parquet" {
        /// Cell of the experiment.
        cell: Arc<str>,
        /// Seed of the cell.
        seed: i64,
        /// Network; `baseline` for baselines.
        network: Arc<str>,
        /// CAM method or baseline.
        method: Arc<str>,
        /// Tapped layer; `-` for baselines.
        layer: Arc<str>,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: Arc<str>,
        /// The box that is compared.
        kind: CurveKind,
        /// IoU threshold.
        delta: f32 => "0 to 1",
        /// Map threshold as a level: tau = level / 255.
        level: u32 => "1/255",
        /// Share of localised images, per cent.
        accuracy: f64 => "%",
    }
}

frame! {
    /// The columns of `curves.parquet` without names: one point of a map's curves.
    CurvePoint in "curves.parquet" {
        /// The box that is compared.
        kind: CurveKind,
        /// IoU threshold.
        delta: f32,
        /// Map threshold as a level: tau = level / 255.
        level: u32,
        /// Share of localised images, per cent.
        accuracy: f64,
    }
}

/// Mean accuracy curves of some cells, under no contrast: one per kind of box, map and IoU threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanCurve {
    /// The box that is compared.
    pub kind: CurveKind,
    /// Network, method and layer.
    pub map: MapName,
    /// IoU threshold.
    pub delta: f32,
    /// Level, and mean accuracy over the cells, per cent.
    pub points: Vec<(u32, f64)>,
}

/// Reads the curves of some cells and averages those of one map, in order of appearance; points without a number are
/// left out.
///
/// # Errors
/// `curves.parquet` is missing or damaged.
pub fn read_curves(dir: &Path, cells: &CellSet) -> Result<Vec<MeanCurve>, FrameError> {
    type Sums = BTreeMap<u32, (f64, u32)>;
    let mut places: HashMap<(CurveKind, MapName, u32), usize> = HashMap::new();
    let mut all: Vec<((CurveKind, MapName, u32), Sums)> = Vec::new();
    for frame in FrameReader::report::<CurveRow>(dir)?.only(cells) {
        let rows: Vec<CurveRow> = frame?.rows()?;
        for row in rows.into_iter().filter(|row| &*row.contrast == UNCHANGED && row.accuracy.is_finite()) {
            let key = (row.kind, [row.network, row.method, row.layer], row.delta.to_bits());
            let place = match places.get(&key) {
                Some(place) => *place,
                None => {
                    places.insert(key.clone(), all.len());
                    all.push((key, Sums::new()));
                    all.len() - 1
                }
            };
            let sum = all[place].1.entry(row.level).or_default();
            *sum = (sum.0 + row.accuracy, sum.1 + 1);
        }
    }
    let mean = |(level, (sum, count)): (u32, (f64, u32))| (level, sum / f64::from(count));
    let curve = |((kind, map, delta), sums): (_, Sums)| MeanCurve {
        kind,
        map,
        delta: f32::from_bits(delta),
        points: sums.into_iter().map(mean).collect(),
    };
    Ok(all.into_iter().map(curve).collect())
}
