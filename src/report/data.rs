use std::path::Path;

use crate::frame::{
    CellRow, ClusterRow, ClusteringRow, CorrectionRow, CurveRow, FrameError, FusionRow, GalleryRow,
    ImageOutcome, Row, RunRow, SubMapRow, SummaryRow, TrainingRow, read,
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
    /// What polynomials make of a value; empty without a chain, as what follows.
    pub corrections: Vec<CorrectionRow>,
    /// Clusters of pixels.
    pub clusters: Vec<ClusterRow>,
    /// Clusterings as a whole.
    pub clusterings: Vec<ClusteringRow>,
    /// Sub-maps of every image.
    pub sub_maps: Vec<SubMapRow>,
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
            fusion: read_or_none(dir)?,
            gallery: read(dir)?,
            outcomes: read(dir)?,
            corrections: read_or_none(dir)?,
            clusters: read_or_none(dir)?,
            clusterings: read_or_none(dir)?,
            sub_maps: read_or_none(dir)?,
        })
    }
}

/// Reports of earlier versions have no such file.
fn read_or_none<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    if dir.join(R::FILE).is_file() { read(dir) } else { Ok(Vec::new()) }
}
