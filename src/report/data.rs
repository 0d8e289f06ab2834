use std::path::Path;

use super::overview::{Overview, is_at_val_threshold};
use super::titles::Titles;
use camlab_frame::{
    BetweenRow, CalibrationRow, ClaimRow, ClassMaps, ClusterRow, ClusteringRow, ConfusionRow, CorrectionRow,
    FrameError, FusionRow, GalleryRow, ImageOutcome, MapClasses, MapScores, MapSimilarities, MeanCurve,
    NetworkSteps, PathRow, PredictionSummaryRow, RunRow, SanityRow, SeedMeanCurve, SubMapRow,
    ThresholdsOfReport, TrainingRow, count_distinct, read, read_agreements, read_class_maps, read_classes,
    read_curves, read_of, read_of_if_there, read_probability_curves, read_scores, read_steps,
    read_thresholds,
};

/// The rows of a report directory that its page shows: of the reference configuration, unless it is said.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// Provenance and configuration.
    pub run: Vec<RunRow>,
    /// Localisation accuracy against map threshold, mean over the seeds.
    pub curves: Vec<MeanCurve>,
    /// The target class's probability while pixels are changed, mean over images and seeds; empty in reports older than
    /// this frame.
    pub probabilities: Vec<SeedMeanCurve>,
    /// Training epochs of the configurations that are shown in detail; empty when nothing was trained.
    pub training: Vec<TrainingRow>,
    /// Steps of fusions; empty without fusions and in reports older than this frame.
    pub fusion: Vec<FusionRow>,
    /// Networks interpolated between two others; empty likewise.
    pub paths: Vec<PathRow>,
    /// Training steps of the configurations that are shown in detail, added up over seeds, by network; empty when
    /// nothing was trained.
    pub steps: Vec<NetworkSteps>,
    /// Photographs and maps of the gallery, of the first cell.
    pub gallery: Vec<GalleryRow>,
    /// Number of images.
    pub images: usize,
    /// Score of every image by every map of the configuration with the best result, at the threshold of the headline.
    pub scores: MapScores,
    /// Choices of map thresholds.
    pub thresholds: ThresholdsOfReport,
    /// Values of a chain's polynomials; empty without a chain, as are the next three frames.
    pub corrections: Vec<CorrectionRow>,
    /// Clusters of pixels.
    pub clusters: Vec<ClusterRow>,
    /// Statistics of whole clusterings.
    pub clusterings: Vec<ClusteringRow>,
    /// Sub-maps of every image.
    pub sub_maps: Vec<SubMapRow>,
    /// Final maps of the classes of images; empty without a chain and in reports older than this frame.
    pub class_maps: ClassMaps,
    /// Similarity of maps to reference maps; empty if not requested.
    pub agreement: Vec<MapSimilarities>,
    /// Similarity of maps under cascading randomisation; empty if not requested.
    pub sanity: Vec<SanityRow>,
    /// Test results of the claims, of all configurations; empty if none is declared.
    pub claims: Vec<ClaimRow>,
    /// KL divergences between the maps of a network.
    pub between: Vec<BetweenRow>,
    /// Classification accuracy from class maps; empty if not requested.
    pub predictions: Vec<PredictionSummaryRow>,
    /// The headline metric on the images of each class; empty if not requested.
    pub classes: Vec<MapClasses>,
    /// Average precision of each class by the networks; empty likewise.
    pub precisions: Vec<MapClasses>,
    /// Answers of the networks by true class; empty if no metric reads the probabilities of all classes.
    pub confusion: Vec<ConfusionRow>,
    /// Confidence and accuracy of the networks' answers; empty likewise.
    pub calibration: Vec<CalibrationRow>,
}

/// The metric whose value for a class is its average precision, in TOML.
const AVERAGE_PRECISION: &str = "mean-average-precision";

impl Frames {
    /// Reads the rows of a report directory, with titles in place of names.
    ///
    /// # Errors
    /// A file that is missing or does not hold the frame of its name.
    pub fn read(dir: &Path, overview: &Overview) -> Result<Self, FrameError> {
        let reference = &overview.cells_of(std::slice::from_ref(&overview.reference));
        let detailed = &overview.cells_of(&overview.detailed);
        let best = overview.best().map(|best| overview.cells_of(std::slice::from_ref(&best.configuration)));
        let titles = Titles(overview.titles.clone());
        let val = overview.headline.as_ref().is_some_and(|metric| is_at_val_threshold(&metric.name));
        let headline = |metric: &str| {
            overview.headline.as_ref().is_some_and(|headline| titles.shows(metric, &headline.name))
        };
        let mut frames = Self {
            run: read(dir)?,
            curves: read_curves(dir, reference)?,
            probabilities: read_probability_curves(dir, reference)?,
            training: read_of(dir, detailed)?,
            fusion: read_of_if_there(dir, reference)?,
            paths: read_of_if_there(dir, reference)?,
            steps: read_steps(dir, detailed, overview.naming())?,
            gallery: read(dir)?,
            images: count_distinct::<ImageOutcome>(dir, "image")?,
            scores: read_scores(dir, &best.unwrap_or_default(), val)?,
            thresholds: read_thresholds(dir)?,
            corrections: read_of_if_there(dir, reference)?,
            clusters: read_of_if_there(dir, reference)?,
            clusterings: read_of_if_there(dir, reference)?,
            sub_maps: read_of_if_there(dir, reference)?,
            class_maps: read_class_maps(dir, reference)?,
            agreement: read_agreements(dir, reference)?,
            sanity: read_of_if_there(dir, reference)?,
            claims: read(dir)?,
            predictions: read_of(dir, reference)?,
            between: read_of(dir, reference)?,
            classes: read_classes(dir, reference, &headline)?,
            precisions: read_classes(dir, reference, &|metric| metric == AVERAGE_PRECISION)?,
            confusion: read_of_if_there(dir, reference)?,
            calibration: read_of_if_there(dir, reference)?,
        };
        frames.titled(&titles);
        Ok(frames)
    }

    /// Replaces the names in self.
    fn titled(&mut self, titles: &Titles) {
        let curves = self.curves.iter_mut().map(|curve| &mut curve.map);
        let classes = self.classes.iter_mut().map(|found| &mut found.map);
        let probabilities = self.probabilities.iter_mut().map(|curve| &mut curve.map);
        let maps = curves.chain(classes).chain(probabilities);
        for [_, method, _] in maps.chain(self.scores.names_mut()) {
            let mut text = method.to_string();
            titles.method(&mut text);
            *method = text.into();
        }
        for row in &mut self.gallery {
            titles.method(&mut row.method);
            titles.contrast(&mut row.contrast);
        }
        for found in &mut self.agreement {
            titles.method(&mut found.map[1]);
            titles.method(&mut found.reference[0]);
        }
        for row in &mut self.between {
            titles.method(&mut row.method);
            titles.method(&mut row.other_method);
        }
        for row in &mut self.claims {
            titles.method(&mut row.better);
            titles.method(&mut row.than);
            titles.metric(&mut row.metric);
            titles.contrast(&mut row.contrast);
            titles.contrast(&mut row.than_contrast);
        }
        self.sanity.iter_mut().for_each(|row| titles.method(&mut row.method));
        self.predictions.iter_mut().for_each(|row| titles.method(&mut row.method));
    }
}
