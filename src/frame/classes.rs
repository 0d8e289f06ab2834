use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::aggregate::mean;
use super::row::frame;
use super::{CellSet, FrameError, FrameReader, MapName, Row, UNCHANGED};

frame! {
    /// `classes.parquet`: every metric on the images of each class; empty unless `evaluation.per-class` is set. A metric
    /// at the oracle's threshold takes the one that is best for the images of the class.
    ClassRow in "classes.parquet" {
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
        /// Metric.
        metric: Arc<str>,
        /// True class of the images.
        class: u32,
        /// Its name.
        class_name: Arc<str>,
        /// The metric on them, in the unit of its row in `summary.parquet`.
        value: f64 => "unit of the metric",
        /// Number of images of the value.
        n: u32 => "images",
    }
}

frame! {
    /// The columns of `classes.parquet` without names: one measure on the images of one class.
    ClassPoint in "classes.parquet" {
        /// Metric.
        metric: Arc<str>,
        /// True class of the images.
        class: u32,
        /// Its name.
        class_name: Arc<str>,
        /// The metric on them.
        value: f64,
        /// Number of images of the value.
        n: u32,
    }
}

/// One metric of one map on the images of every class, over some cells.
#[derive(Debug, Clone, PartialEq)]
pub struct MapClasses {
    /// Network, method and layer.
    pub map: MapName,
    /// The metric.
    pub metric: Arc<str>,
    /// The classes, by their numbers.
    pub classes: Vec<ClassValue>,
}

/// A metric on the images of a class, mean over the cells.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassValue {
    /// The class.
    pub class: u32,
    /// Its name.
    pub name: Arc<str>,
    /// The value; `None` if no cell has a finite one.
    pub value: Option<f64>,
    /// Number of images, the largest of the cells.
    pub n: u32,
}

/// Reads the unchanged maps' values of the metrics that `wanted` accepts, averaged over some cells; maps in order of
/// appearance. Empty in a report without this frame.
///
/// # Errors
/// `classes.parquet` is damaged.
pub fn read_classes(
    dir: &Path,
    cells: &CellSet,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<MapClasses>, FrameError> {
    type Found = HashMap<u32, (Arc<str>, Vec<f64>, u32)>;
    if !dir.join(ClassRow::FILE).is_file() {
        return Ok(Vec::new());
    }
    let mut places: HashMap<(MapName, Arc<str>), usize> = HashMap::new();
    let mut all: Vec<((MapName, Arc<str>), Found)> = Vec::new();
    for frame in FrameReader::report::<ClassRow>(dir)?.only(cells) {
        for row in frame?.rows::<ClassRow>()? {
            if &*row.contrast != UNCHANGED || !wanted(&row.metric) {
                continue;
            }
            let place =
                *places.entry(([row.network, row.method, row.layer], row.metric)).or_insert_with_key(|key| {
                    all.push((key.clone(), Found::new()));
                    all.len() - 1
                });
            let class = all[place].1.entry(row.class).or_insert_with(|| (row.class_name, Vec::new(), 0));
            class.1.extend(Some(row.value).filter(|value| value.is_finite()));
            class.2 = class.2.max(row.n);
        }
    }
    let value = |(class, (name, values, n)): (u32, (Arc<str>, Vec<f64>, u32))| ClassValue {
        class,
        name,
        value: mean(&values),
        n,
    };
    let of_map = |((map, metric), found): ((MapName, Arc<str>), Found)| {
        let mut classes: Vec<ClassValue> = found.into_iter().map(value).collect();
        classes.sort_by_key(|class| class.class);
        MapClasses { map, metric, classes }
    };
    Ok(all.into_iter().map(of_map).collect())
}
