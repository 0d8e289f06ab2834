//! Tables of a report that follow from a frame alone.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::summary::Direction;
use super::{CellSet, FrameError, FrameReader, Row};

/// A frame with a row per image that a report shows as a table: the mean over images of some columns, with a line per
/// network, method, layer and contrast.
pub trait Tabled: Row + 'static {
    /// Anchor of the section in the HTML page.
    const ID: &'static str;
    /// Heading of the section.
    const TITLE: &'static str;
    /// The columns of the table.
    const MEASURES: &'static [TableMeasure<Self>];

    /// The map that the row belongs to.
    fn place(&self) -> TablePlace;

    /// The seed of its cell.
    fn seed(&self) -> i64;

    /// Explanation above the table, from a row of it.
    fn note(&self) -> String;

    /// The row's names of methods (`method`) and contrasts (`contrast`), which a report shows under the names that
    /// papers print.
    fn names(&mut self) -> Vec<(&'static str, &mut String)>;
}

/// A column of a table.
#[derive(Debug)]
pub struct TableMeasure<R> {
    /// Heading.
    pub heading: &'static str,
    /// Unit; empty for a plain number.
    pub unit: &'static str,
    /// Direction in which the number improves.
    pub direction: Direction,
    /// The number of one image; `None` where it is not defined.
    pub value: fn(&R) -> Option<f64>,
}

/// A map, whatever its cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TablePlace {
    /// Network.
    pub network: String,
    /// CAM method.
    pub method: String,
    /// Tapped layer.
    pub layer: String,
    /// Contrast applied to the map.
    pub contrast: String,
}

/// A frame's table, read from a report directory.
#[derive(Debug, Clone)]
pub struct FrameTable {
    /// Anchor of the section in the HTML page.
    pub id: &'static str,
    /// Heading of the section.
    pub title: &'static str,
    /// Explanation above the table; empty without rows.
    pub note: String,
    /// Heading, unit and direction of each column.
    pub measures: Vec<(&'static str, &'static str, Direction)>,
    /// The maps, in order of appearance.
    pub maps: Vec<MapMeasures>,
}

/// The numbers of one map.
#[derive(Debug, Clone)]
pub struct MapMeasures {
    /// The map.
    pub place: TablePlace,
    /// Its seeds.
    pub seeds: BTreeSet<i64>,
    /// Number of rows: images times seeds.
    pub rows: usize,
    /// The finite numbers of each measure, in the order of the rows.
    pub values: Vec<Vec<f64>>,
}

/// Reads a table of some cells from a report directory. The given function replaces a name, of the given kind, by its
/// title.
pub type ReadTable = fn(&Path, &CellSet, &dyn Fn(&str, &mut String)) -> Result<FrameTable, FrameError>;

/// The table of rows `R`; without rows if the directory has no such frame.
pub(super) fn table<R: Tabled>(
    dir: &Path,
    cells: &CellSet,
    titled: &dyn Fn(&str, &mut String),
) -> Result<FrameTable, FrameError> {
    let mut table = FrameTable {
        id: R::ID,
        title: R::TITLE,
        note: String::new(),
        measures: R::MEASURES.iter().map(|m| (m.heading, m.unit, m.direction)).collect(),
        maps: Vec::new(),
    };
    if !dir.join(R::FILE).is_file() {
        return Ok(table);
    }
    let mut places = HashMap::new();
    for frame in FrameReader::report::<R>(dir)?.only(cells) {
        for mut row in frame?.rows::<R>()? {
            row.names().into_iter().for_each(|(kind, name)| titled(kind, name));
            if table.maps.is_empty() {
                table.note = row.note();
            }
            let maps = &mut table.maps;
            let place = *places.entry(row.place()).or_insert_with_key(|place| {
                let values = vec![Vec::new(); R::MEASURES.len()];
                maps.push(MapMeasures { place: place.clone(), seeds: BTreeSet::new(), rows: 0, values });
                maps.len() - 1
            });
            let map = &mut maps[place];
            map.seeds.insert(row.seed());
            map.rows += 1;
            for (values, measure) in map.values.iter_mut().zip(R::MEASURES) {
                values.extend((measure.value)(&row).filter(|value| value.is_finite()));
            }
        }
    }
    Ok(table)
}
