//! The section about a search: its trials, what mattered, and estimates of its result.

mod best_so_far;
mod coordinates;
mod importance;
mod pairs;
mod scale;
mod section;
mod trials;

use std::path::Path;

use camlab_frame::{ImportanceRow, SearchEstimateRow, SearchRow, TrialKeyRow, TrialRow, read_if_there};

use super::error::ReportError;
use super::figure::Figure;
use super::titles::Titles;
use trials::SearchTrials;

pub use section::{SearchSection, section};

/// The frames of a search.
#[derive(Debug, Clone)]
pub struct SearchFrames {
    about: SearchRow,
    /// Title of the objective's metric.
    metric: String,
    /// Title of the search method.
    method: String,
    trials: Vec<TrialRow>,
    keys: Vec<TrialKeyRow>,
    importance: Vec<ImportanceRow>,
    estimates: Vec<SearchEstimateRow>,
}

impl SearchFrames {
    /// Reads the frames of a report; `None` for a report without a search.
    ///
    /// # Errors
    /// A file that does not hold the frame of its name.
    pub fn read(dir: &Path, titles: &Titles) -> Result<Option<Self>, ReportError> {
        let about: Vec<SearchRow> = read_if_there(dir)?;
        let Some(about) = about.into_iter().next() else { return Ok(None) };
        let mut metric = about.metric.clone();
        titles.metric(&mut metric);
        Ok(Some(Self {
            metric,
            method: titles.search(&about.method).to_owned(),
            trials: read_if_there(dir)?,
            keys: read_if_there(dir)?,
            importance: read_if_there(dir)?,
            estimates: read_if_there(dir)?,
            about,
        }))
    }

    /// The figures: best value so far, importance of keys, parallel coordinates, pairs of keys.
    ///
    /// # Errors
    /// An error of the drawing library.
    pub fn figures(&self) -> Result<Vec<Figure>, ReportError> {
        let trials = SearchTrials::new(self);
        let mut figures = Vec::new();
        figures.extend(best_so_far::figure(self)?);
        figures.extend(importance::figure(self)?);
        figures.extend(coordinates::figure(self, &trials)?);
        figures.extend(pairs::figure(self, &trials)?);
        Ok(figures)
    }

    /// The metric of the objective with its unit: `MaxBoxAccV2 (%)`.
    fn objective(&self) -> String {
        match self.about.unit.as_str() {
            "" => self.metric.clone(),
            unit => format!("{} ({unit})", self.metric),
        }
    }
}
