use camlab_config::{Diagnostic, Document, Invalid};

use super::cell::{Cell, OwnCells, own_cells};
use super::search::{Search, search};

/// The cells of a document, its search, and what is worth saying about them.
#[derive(Debug)]
pub struct Cells {
    /// The cells, in the order of the sweep; for a search that of the file's own values.
    pub cells: Vec<Cell>,
    /// The search, if the document has one.
    pub search: Option<Search>,
    /// Warnings: points of the sweep that are equal.
    pub warnings: Vec<Diagnostic>,
}

/// All cells of a document, and its search, deserialised and checked.
///
/// # Errors
/// [`Invalid`] with all mistakes, in the order of the file.
pub fn expand(document: &Document) -> Result<Cells, Invalid> {
    let search = search(document)?;
    let OwnCells { cells, warnings } = own_cells(document)?;
    Ok(Cells { cells, search, warnings })
}

/// All cells of a document, deserialised and checked.
///
/// # Errors
/// As [`expand`].
pub fn cells(document: &Document) -> Result<Vec<Cell>, Invalid> {
    expand(document).map(|expanded| expanded.cells)
}
