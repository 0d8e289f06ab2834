use anyhow::Context as _;

use camlab_config::{Document, origins};
use camlab_plan::{Cell, document_of_cell};

/// One line per value of a cell's experiment with the place that it comes from: file and line, `--set`, or `default`.
///
/// # Errors
/// A cell that the document does not have.
pub fn origins_of(document: &Document, cell: &Cell) -> anyhow::Result<String> {
    let own = document_of_cell(document, cell)?;
    let own = own.with_context(|| format!("the experiment has no cell {}", cell.id))?;
    origins(&own, &cell.experiment).map_err(anyhow::Error::msg)
}
