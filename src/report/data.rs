use std::path::Path;

use camlab_frame::{
    AgreementRow, BetweenRow, CellRow, ClaimRow, ClusterRow, ClusteringRow, CorrectionRow, CurveRow,
    FrameError, FusionRow, GalleryRow, ImageOutcome, PathRow, PredictionSummaryRow, Row, RunRow, SanityRow,
    StepRow, SubMapRow, SummaryRow, TitleRow, TrainingRow, read,
};

/// The frames of a report directory.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// Provenance and configuration.
    pub run: Vec<RunRow>,
    /// Overrides of each cell.
    pub cells: Vec<CellRow>,
    /// Metrics.
    pub summary: Vec<SummaryRow>,
    /// Localisation accuracy against map threshold.
    pub curves: Vec<CurveRow>,
    /// Training epochs; empty when nothing was trained.
    pub training: Vec<TrainingRow>,
    /// Steps of fusions; empty without fusions and in reports older than this frame.
    pub fusion: Vec<FusionRow>,
    /// Networks interpolated between two others; empty likewise.
    pub paths: Vec<PathRow>,
    /// Training steps; empty when nothing was trained.
    pub steps: Vec<StepRow>,
    /// Photographs and maps of the gallery.
    pub gallery: Vec<GalleryRow>,
    /// IoU of every image and method.
    pub outcomes: Vec<ImageOutcome>,
    /// Values of a chain's polynomials; empty without a chain, as are the next three frames.
    pub corrections: Vec<CorrectionRow>,
    /// Clusters of pixels.
    pub clusters: Vec<ClusterRow>,
    /// Statistics of whole clusterings.
    pub clusterings: Vec<ClusteringRow>,
    /// Sub-maps of every image.
    pub sub_maps: Vec<SubMapRow>,
    /// Similarity of maps to reference maps; empty if not requested.
    pub agreement: Vec<AgreementRow>,
    /// Similarity of maps under cascading randomisation; empty if not requested.
    pub sanity: Vec<SanityRow>,
    /// Test results of the claims; empty if none is declared.
    pub claims: Vec<ClaimRow>,
    /// KL divergences between the maps of a network.
    pub between: Vec<BetweenRow>,
    /// Classification accuracy from class maps; empty if not requested.
    pub predictions: Vec<PredictionSummaryRow>,
    /// Names as printed in papers; empty in reports older than this frame.
    pub titles: Vec<TitleRow>,
}

impl Frames {
    /// The title that stands for a name of TOML in these frames; the name itself in a report without titles.
    pub fn title<'a>(&'a self, kind: &str, name: &'a str) -> &'a str {
        title(&self.titles, kind, name).unwrap_or(name)
    }

    /// Reads every frame of a report directory.
    ///
    /// # Errors
    /// A file that is missing or does not hold the frame of its name.
    pub fn read(dir: &Path) -> Result<Self, FrameError> {
        Ok(Self {
            run: read(dir)?,
            cells: read(dir)?,
            summary: read(dir)?,
            curves: read(dir)?,
            training: read(dir)?,
            fusion: if_there(dir)?,
            paths: if_there(dir)?,
            steps: read(dir)?,
            gallery: read(dir)?,
            outcomes: read(dir)?,
            corrections: if_there(dir)?,
            clusters: if_there(dir)?,
            clusterings: if_there(dir)?,
            sub_maps: if_there(dir)?,
            agreement: if_there(dir)?,
            sanity: if_there(dir)?,
            claims: read(dir)?,
            predictions: read(dir)?,
            between: read(dir)?,
            titles: if_there(dir)?,
        })
    }
}

/// Reads a frame that not every report has; empty if the file is missing.
fn if_there<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    match dir.join(R::FILE).is_file() {
        true => read(dir),
        false => Ok(Vec::new()),
    }
}

/// The title of a name of this kind (`method`, `metric` or `contrast`); none in a report without titles.
pub fn title<'a>(rows: &'a [TitleRow], kind: &str, name: &str) -> Option<&'a str> {
    rows.iter().find(|row| row.kind == kind && row.name == name).map(|row| row.title.as_str())
}
