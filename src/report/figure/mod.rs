//! The figures, one module per plot. Each takes the analysis and returns SVG, or nothing without data.

mod agreement;
mod axis;
mod between;
mod canvas;
mod class_maps;
mod clusters;
mod contrast_maps;
mod contrasts;
mod corrections;
mod curves;
mod forest;
mod fusion;
mod legend;
mod localisation_errors;
mod methods;
mod path;
mod probability_curves;
mod reliability;
mod sanity;
mod sheet;
mod steps;
mod sub_maps;
mod sweep;
mod tiles;
mod training;

pub use canvas::{
    Area, AxisScale, BARE_TOP, DrawError, FOOT, TYPE, WIDTH, chart, draw, font, line, plain, px, ticks, write,
};
pub use forest::{Forest, ForestMark, ForestRow, figure as forest};

use super::analysis::Analysis;
use super::error::ReportError;
use super::gallery::Gallery;

/// Folder of the figures inside the report directory.
pub const DIRECTORY: &str = "figures";

/// A drawn figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// File name without its ending.
    pub name: String,
    /// Heading.
    pub title: String,
    /// Caption: content and omissions.
    pub caption: String,
    /// The drawing, on a transparent background.
    pub svg: String,
}

impl Figure {
    /// A drawn figure.
    ///
    /// # Errors
    /// An error of the drawing library.
    pub fn new(
        name: &str,
        title: impl Into<String>,
        caption: impl Into<String>,
        svg: Result<String, canvas::DrawError>,
    ) -> Result<Self, ReportError> {
        let svg =
            svg.map_err(|error| ReportError::Figure { figure: name.to_owned(), reason: error.to_string() })?;
        Ok(Self { name: name.to_owned(), title: title.into(), caption: caption.into(), svg })
    }

    /// The drawing as a separate file, on a white background for viewers of any theme.
    pub fn file(&self) -> String {
        let ground = "<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>";
        match self.svg.find('>') {
            Some(end) => format!("{}\n{ground}{}", &self.svg[..=end], &self.svg[end + 1..]),
            None => self.svg.clone(),
        }
    }

    /// The drawing for embedding in a page: text and axes take the colour of the page's text.
    pub fn inline(&self) -> String {
        self.svg.replace("#1F2328", "currentColor")
    }
}

/// Every figure that the frames allow, in the order of the report.
///
/// # Errors
/// An error of the drawing library.
pub fn all(analysis: &Analysis<'_>, gallery: &Gallery) -> Result<Vec<Figure>, ReportError> {
    let mut figures = Vec::new();
    figures.extend(methods::figure(analysis)?);
    figures.extend(contrasts::figure(analysis)?);
    figures.extend(contrast_maps::figure(analysis, gallery)?);
    figures.extend(between::figure(analysis)?);
    figures.extend(sweep::figures(analysis)?);
    figures.extend(curves::figures(analysis)?);
    figures.extend(localisation_errors::figures(analysis)?);
    figures.extend(probability_curves::figures(analysis)?);
    figures.extend(agreement::figures(analysis)?);
    figures.extend(sanity::figures(analysis)?);
    figures.extend(fusion::figure(analysis)?);
    figures.extend(path::figure(analysis)?);
    figures.extend(training::figure(analysis)?);
    figures.extend(steps::figure(analysis)?);
    Ok(figures)
}

/// The figures of the networks' answers; none without calibration.
///
/// # Errors
/// An error of the drawing library.
pub fn classification(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    Ok(reliability::figure(analysis)?.into_iter().collect())
}

/// The figures of the chains (steps A9 to A11 of the source article), by step; none without a chain.
///
/// # Errors
/// An error of the drawing library, or a damaged photograph.
pub fn chain(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let mut figures = Vec::new();
    figures.extend(corrections::figure(analysis)?);
    figures.extend(clusters::figures(analysis)?);
    figures.extend(sub_maps::figures(analysis)?);
    figures.extend(class_maps::figures(analysis)?);
    Ok(figures)
}
