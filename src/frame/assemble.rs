use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{FrameError, NameValue, Names, Row, read_artefact, write};

/// An artefact whose rows are part of a report.
#[derive(Debug, Clone)]
pub struct Source {
    /// The artefact's folder.
    pub folder: PathBuf,
    /// Its names in the report.
    pub names: Names,
    /// Measured columns by file, one value per row.
    pub measured: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

/// A frame of a report that is made of artefacts' rows with the columns that they lack.
#[derive(Debug, Clone, Copy)]
pub struct Assembly {
    /// The frame's file.
    pub file: &'static str,
    /// Writes the frame of some artefacts into a folder.
    pub write: fn(&[Source], &Path) -> Result<(), FrameError>,
}

impl Assembly {
    /// The frame of rows `R`.
    pub const fn of<R: Row>() -> Self {
        Self { file: R::FILE, write: |sources, out| write(out, &assemble::<R>(sources)?) }
    }
}

/// The rows of artefacts, with their names and measured columns; an artefact without the file has none.
///
/// # Errors
/// A file that is damaged or lacks a column.
pub fn assemble<R: Row>(sources: &[Source]) -> Result<Vec<R>, FrameError> {
    let mut all = Vec::new();
    for source in sources {
        if !source.folder.join(R::FILE).is_file() {
            continue;
        }
        let mut rows: Vec<R> = read_artefact(&source.folder)?;
        for (at, row) in rows.iter_mut().enumerate() {
            row.join(&source.names);
            if let Some(measured) = source.measured.get(R::FILE) {
                let mut names = Names::default();
                for (column, values) in measured {
                    if let Some(value) = values.get(at) {
                        names.set(column, NameValue::Real(*value));
                    }
                }
                row.join(&names);
            }
        }
        all.append(&mut rows);
    }
    Ok(all)
}
