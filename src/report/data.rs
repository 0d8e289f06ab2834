use std::path::Path;

use camlab_frame::{
    AgreementRow, BetweenRow, CellRow, ClaimRow, ClusterRow, ClusteringRow, CorrectionRow, CurveRow,
    FrameError, FusionRow, GalleryRow, ImageOutcome, IntuitiveRow, PathRow, PredictionSummaryRow, Row,
    RunRow, SanityRow, StepRow, SubMapRow, SummaryRow, TitleRow, TrainingRow, read,
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
    /// Networks between two others; likewise.
    pub paths: Vec<PathRow>,
    /// Steps; empty when nothing was trained.
    pub steps: Vec<StepRow>,
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
    /// Maps against reference maps; empty when none was asked for.
    pub agreement: Vec<AgreementRow>,
    /// Maps of networks that forget; empty when none was asked for.
    pub sanity: Vec<SanityRow>,
    /// How alike maps and intuitive pictures are; empty where none is declared.
    pub intuitive: Vec<IntuitiveRow>,
    /// Claims, tested; empty where none is declared.
    pub claims: Vec<ClaimRow>,
    /// How far maps are from each other.
    pub between: Vec<BetweenRow>,
    /// How often class maps speak for the right class; empty where that was not asked.
    pub predictions: Vec<PredictionSummaryRow>,
    /// The names that papers print; empty in reports from before there were any.
    pub titles: Vec<TitleRow>,
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
            intuitive: read(dir)?,
            claims: read(dir)?,
            predictions: read(dir)?,
            between: read(dir)?,
            titles: if_there(dir)?,
        })
    }
}

/// A frame that not every report has.
fn if_there<R: Row>(dir: &Path) -> Result<Vec<R>, FrameError> {
    match dir.join(R::FILE).is_file() {
        true => read(dir),
        false => Ok(Vec::new()),
    }
}
