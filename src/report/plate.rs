use serde::Serialize;

use super::figure::{self, Figure};

/// A figure as the templates need it.
#[derive(Debug, Clone, Serialize)]
pub struct Plate {
    /// Path from the report directory.
    pub path: String,
    /// Heading.
    pub title: String,
    /// What is drawn.
    pub caption: String,
    /// SVG to stand in the page.
    pub svg: String,
}

/// A figure with its place.
pub fn plate(figure: &Figure) -> Plate {
    Plate {
        path: format!("{}/{}.svg", figure::DIRECTORY, figure.name),
        title: figure.title.clone(),
        caption: figure.caption.clone(),
        svg: figure.inline(),
    }
}
