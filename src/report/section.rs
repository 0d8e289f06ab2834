use serde::Serialize;

use super::plate::Plate;
use super::table::Table;

/// Report section of an optional analysis, made of figures and tables.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Anchor in the HTML page.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Explanation above the tables.
    pub note: String,
    /// The figures, above the tables.
    pub figures: Vec<Plate>,
    /// The tables; one with a non-empty title gets a heading.
    pub tables: Vec<Table>,
}
