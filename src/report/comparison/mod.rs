//! Several reports beside each other: text for a terminal, Markdown, one HTML page, JSON.

mod forest;
mod input;
mod json;
mod layout;
mod results;
mod table;
mod terminal;
mod values;
mod wording;
mod wrap;

pub use input::{ComparedReport, ReportComparison};

use super::error::ReportError;
use super::plate::plate;
use super::render;

impl ReportComparison {
    /// Text for a terminal, in lines of `width` characters, with escape sequences for colour if `coloured`.
    pub fn text(&self, width: usize, coloured: bool) -> String {
        terminal::text(&layout::page(self, Vec::new()), width, coloured)
    }

    /// Markdown.
    ///
    /// # Errors
    /// A defective template (a bug in this crate).
    pub fn markdown(&self) -> Result<String, ReportError> {
        render::template("comparison.md", &layout::page(self, Vec::new()))
    }

    /// One HTML page that contains its style and its figures. All text from the reports is escaped.
    ///
    /// # Errors
    /// A figure that cannot be drawn, a defective template (a bug in this crate).
    pub fn html(&self) -> Result<String, ReportError> {
        let figures = forest::figures(self)?.iter().map(plate).collect();
        render::template("comparison.html", &layout::page(self, figures))
    }

    /// One JSON document, indented, with a line break at its end.
    ///
    /// # Errors
    /// Does not occur with numbers and texts.
    pub fn json(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(&json::document(self))? + "\n")
    }
}
