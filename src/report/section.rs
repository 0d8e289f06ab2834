use serde::Serialize;

use super::table::Table;

/// A part of the report that some tables fill: what was declared in the experiment, and nothing where it was not.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Anchor in the page.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// What stands in it and how it is read.
    pub note: String,
    /// The tables; one with a title of its own gets a heading.
    pub tables: Vec<Table>,
}
