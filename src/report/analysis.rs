//! The frames of a report with the results that they belong to, as its tables and figures are made from them.

use std::ops::Deref;

use super::data::Frames;
use super::overview::Overview;
use super::palette::Palette;
use camlab_frame::aggregate::Configurations;

pub use super::distinct::distinct;
pub use super::overview::{ShownMetric, best_of, headline, is_at_val_threshold, is_max_box_acc_v2};

/// The results of all configurations and the rows of those that are shown in detail.
#[derive(Debug)]
pub struct Analysis<'a> {
    overview: &'a Overview,
    /// The rows.
    pub frames: &'a Frames,
    /// Configuration label of each cell.
    pub labels: Configurations<'a>,
    /// Colours.
    pub palette: Palette,
}

impl Deref for Analysis<'_> {
    type Target = Overview;

    fn deref(&self) -> &Overview {
        self.overview
    }
}

impl<'a> Analysis<'a> {
    /// Joins results and rows.
    pub fn new(overview: &'a Overview, frames: &'a Frames) -> Self {
        Self {
            overview,
            frames,
            labels: Configurations::new(&overview.cells),
            palette: Palette::new(&overview.series),
        }
    }

    /// True if a cell belongs to a configuration.
    pub fn belongs(&self, cell: &str, seed: i64, configuration: &str) -> bool {
        self.labels.label(cell, seed) == configuration
    }
}
