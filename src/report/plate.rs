use serde::Serialize;

use super::figure::{self, Figure};

/// A figure in the context of the templates.
#[derive(Debug, Clone, Serialize)]
pub struct Plate {
    /// Path relative to the report directory.
    pub path: String,
    /// Heading.
    pub title: String,
    /// Caption.
    pub caption: String,
    /// SVG to embed in the page.
    pub svg: String,
}

/// Converts a figure for the templates.
pub fn plate(figure: &Figure) -> Plate {
    Plate {
        path: format!("{}/{}.svg", figure::DIRECTORY, figure.name),
        title: figure.title.clone(),
        caption: figure.caption.clone(),
        svg: figure.inline(),
    }
}
