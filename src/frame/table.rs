//! Tables of a report that follow from a frame alone.

use std::path::Path;
use std::sync::Arc;

use super::summary::Direction;
use super::{FrameError, Row, read};

/// A frame with a row per image that a report shows as a table: the mean over images of some columns, with a line per
/// network, method, layer and contrast.
pub trait Tabled: Row + 'static {
    /// Anchor of the section in the HTML page.
    const ID: &'static str;
    /// Heading of the section.
    const TITLE: &'static str;
    /// The columns of the table.
    const MEASURES: &'static [TableMeasure<Self>];

    /// The map and the cell that the row belongs to.
    fn place(&self) -> TablePlace;

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

/// A map of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePlace {
    /// Cell of the experiment.
    pub cell: String,
    /// Seed of the cell.
    pub seed: i64,
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
    /// Heading, unit and direction of each column.
    pub measures: Vec<(&'static str, &'static str, Direction)>,
    /// One row per image and map.
    pub rows: Vec<ImageMeasures>,
}

/// The numbers of one image.
#[derive(Debug, Clone)]
pub struct ImageMeasures {
    /// The map and its cell.
    pub place: TablePlace,
    /// Explanation above a table that begins with this row.
    pub note: Arc<str>,
    /// By measure; `None` where one is not defined.
    pub values: Vec<Option<f64>>,
}

/// Reads a table from a report directory. The given function replaces a name, of the given kind, by its title.
pub type ReadTable = fn(&Path, &dyn Fn(&str, &mut String)) -> Result<FrameTable, FrameError>;

/// The table of rows `R`; without rows if the directory has no such frame.
pub(super) fn table<R: Tabled>(
    dir: &Path,
    titled: &dyn Fn(&str, &mut String),
) -> Result<FrameTable, FrameError> {
    let mut rows: Vec<R> = if dir.join(R::FILE).is_file() { read(dir)? } else { Vec::new() };
    rows.iter_mut().flat_map(R::names).for_each(|(kind, name)| titled(kind, name));
    let mut last: Arc<str> = "".into();
    let of = |row: &R| {
        // Most rows share one note.
        let note = row.note();
        if *note != *last {
            last = note.into();
        }
        let values = R::MEASURES.iter().map(|measure| (measure.value)(row)).collect();
        ImageMeasures { place: row.place(), note: Arc::clone(&last), values }
    };
    Ok(FrameTable {
        id: R::ID,
        title: R::TITLE,
        measures: R::MEASURES.iter().map(|m| (m.heading, m.unit, m.direction)).collect(),
        rows: rows.iter().map(of).collect(),
    })
}
