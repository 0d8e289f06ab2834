use std::path::Path;

use crate::frame::{
    AgreementRow, CellRow, CurveRow, FrameError, FusionRow, GalleryRow, ImageOutcome, Row, RunRow, SanityRow,
    SummaryRow, TrainingRow, read,
};

/// All that a report is made of: the frames of its directory.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// Provenance and configuration.
    pub run: Vec<RunRow>,
    /// What each cell overrides.
    pub cells: Vec<CellRow>,
    /// Metrics.
    pub summary: Vec<SummaryRow>,
    /// Accuracy against threshold.
    pub curves: Vec<CurveRow>,
    /// Epochs; empty when nothing was trained.
    pub training: Vec<TrainingRow>,
    /// Steps of fusions; empty when nothing was fused, and in reports from before there were any.
    pub fusion: Vec<FusionRow>,
    /// Photographs and maps.
    pub gallery: Vec<GalleryRow>,
    /// Which images each method localised.
    pub outcomes: Vec<ImageOutcome>,
    /// Maps against reference maps; empty when none was asked for.
    pub agreement: Vec<AgreementRow>,
    /// Maps of networks that forget; empty when none was asked for.
    pub sanity: Vec<SanityRow>,
}

impl Frames {
    /// Reads every frame of a report directory.
    ///
    /// # Errors
    /// When a file is missing or is not the frame that its name promises.
    pub fn read(dir: &Path) -> Result<Self, FrameError> {
        Ok(Self {
            run: read(dir)?,
            cells: read(dir)?,
            summary: read(dir)?,
            curves: read(dir)?,
            training: read(dir)?,
            fusion: optional(dir)?,
            gallery: read(dir)?,
            outcomes: read(dir)?,
            agreement: optional(dir)?,
            sanity: optional(dir)?,
        })
    }
}

/// A frame that a report may do without.
fn optional<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    if dir.join(R::FILE).is_file() { read(dir) } else { Ok(Vec::new()) }
}
