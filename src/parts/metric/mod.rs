//! Metrics that an experiment reports, one per file.
//!
//! A metric reads columns with one row per image ([`ImageColumns`]) and returns one or more numbers ([`Measure`]).
//! Each number can be computed with every image counted any number of times ([`Estimator`]), as the bootstrap
//! requires.

mod average_precision;
mod bootstrap;
mod box_acc;
mod box_hits;
mod brier_score;
mod by_class;
mod calibration;
mod class_accuracy;
mod corloc;
mod curve;
mod energy_pointing_game;
mod expected_calibration_error;
mod faithfulness;
mod fpr;
mod gt_known_loc;
mod hits;
mod kl;
mod levels;
mod lists;
mod localisation_errors;
mod mask_iou;
mod max_box_acc;
mod max_box_acc_v2;
mod maximum;
mod mean;
mod mean_average_precision;
mod mean_probability;
mod measure;
mod measurement;
mod measuring;
mod options;
mod peak_iou;
mod pixel_auc;
mod pixel_counts;
mod pointing_game;
mod probability_curve;
mod px_ap;
mod px_ap_v2;
mod relevance_mass;
mod relevance_rank;
mod rows;
mod summary;
mod top1_acc;
mod top1_loc;
mod top5_acc;
mod top5_loc;
mod top_k;
mod top_k_intersection;
mod tpr;

pub use average_precision::MeanAveragePrecision;
pub use bootstrap::Bootstrap;
pub use box_acc::BoxAcc;
pub use box_hits::BoxHits;
pub use brier_score::{BrierForm, BrierScore};
pub use by_class::{ClassScore, by_class};
pub use calibration::{CalibrationBin, ClassAnswer, calibration, class_answers, confidence_bin};
pub use class_accuracy::ClassAccuracy;
pub use corloc::CorLoc;
pub use curve::{Contours, accuracy_curve, chosen_level};
pub use energy_pointing_game::EnergyPointingGame;
pub use expected_calibration_error::{CalibrationNorm, ExpectedCalibrationError};
pub use faithfulness::{
    Adcc, Arcc, AverageDrop, AverageGain, AverageIncrease, Canvas, Coherency, Complexity, Deletion,
    Infidelity, Insertion, L1Complexity, MaxSensitivity, Noise, Road, Sparseness,
};
pub use fpr::Fpr;
pub use gt_known_loc::GtKnownLoc;
pub use kl::Kl;
pub use levels::ChosenLevels;
pub use lists::{ImageList, ImageLists};
pub use localisation_errors::LocalisationErrors;
pub use mask_iou::MaskIou;
pub use max_box_acc::MaxBoxAcc;
pub use max_box_acc_v2::MaxBoxAccV2;
pub use maximum::AccuracyCurves;
pub use mean_average_precision::MeanAveragePrecisionMetric;
pub use mean_probability::MeanProbability;
pub use measure::{Direction, Measure, MetricScore, ThresholdSource, TruthKind};
pub use measurement::{
    Alteration, ChangedImages, Measured, MeasuredColumn, MeasuredImage, Measurement, TargetScore,
    pixel_deviation,
};
pub use measuring::measuring;
pub use peak_iou::PeakIou;
pub use pixel_auc::PixelAuc;
pub use pointing_game::PointingGame;
pub use probability_curve::ProbabilityCurve;
pub use px_ap::PxAp;
pub use px_ap_v2::PxApV2;
pub use relevance_mass::RelevanceMass;
pub use relevance_rank::RelevanceRank;
pub use rows::ImageColumns;
pub use summary::{chosen_boxes, deltas, differences, judged_name, per_image, rate_thresholds, summarise};
pub use top_k_intersection::TopKIntersection;
pub use top1_acc::Top1Acc;
pub use top1_loc::Top1Loc;
pub use top5_acc::Top5Acc;
pub use top5_loc::Top5Loc;
pub use tpr::Tpr;

use camlab_base::registry;

registry! {
    /// A metric and its options, as named in TOML.
    pub enum MetricSpec as "metric" {
        "max-box-acc" => MaxBoxAcc(MaxBoxAcc) as "MaxBoxAcc", "box accuracy of the largest contour at the best threshold (Choe et al. 2020)";
        "max-box-acc-v2" => MaxBoxAccV2(MaxBoxAccV2) as "MaxBoxAccV2", "box accuracy of any contour, mean over IoUs, at the best threshold for each (Choe et al. 2020)";
        "box-acc" => BoxAcc(BoxAcc) as "BoxAcc", "box accuracy of the largest contour at fixed thresholds (Zhou et al. 2016)";
        "gt-known-loc" => GtKnownLoc(GtKnownLoc) as "GT-known Loc", "localisation accuracy given the true class; equals MaxBoxAcc";
        "top1-loc" => Top1Loc(Top1Loc) as "Top-1 Loc", "box correct at GT-known Loc's threshold and true class ranked first";
        "top5-loc" => Top5Loc(Top5Loc) as "Top-5 Loc", "box correct at GT-known Loc's threshold and true class among the top 5";
        "top1-acc" => Top1Acc(Top1Acc) as "Top-1 Acc", "Top-1 classification accuracy";
        "top5-acc" => Top5Acc(Top5Acc) as "Top-5 Acc", "Top-5 classification accuracy";
        "mean-average-precision" => MeanAveragePrecision(MeanAveragePrecisionMetric) as "mAP", "classification mAP of the class probabilities, mean over the classes that occur (scikit-learn's average_precision_score)";
        "class-accuracy" => ClassAccuracy(ClassAccuracy) as "Mean class accuracy", "Top-1 accuracy of each class, mean over the classes: balanced accuracy (Brodersen et al. 2010)";
        "expected-calibration-error" => ExpectedCalibrationError(ExpectedCalibrationError) as "ECE", "gap between the confidence of the network's answers and their accuracy in bins of confidence, mean over images (Guo et al. 2017)";
        "brier-score" => BrierScore(BrierScore) as "Brier score", "squared difference between the softmax probabilities and the true class, sum over the classes, mean over images (Brier 1950)";
        "mean-probability" => MeanProbability(MeanProbability) as "Mean probability", "mean softmax probability of the true class";
        "pixel-auc" => PixelAuc(PixelAuc) as "Pixel ROC-AUC", "area under the pixelwise ROC curve, mean over images";
        "tpr" => Tpr(Tpr) as "TPR", "true positive rate: fraction of the object's pixels at or above a threshold, mean over images";
        "fpr" => Fpr(Fpr) as "FPR", "false positive rate: fraction of the background's pixels at or above a threshold, mean over images";
        "kl" => Kl(Kl) as "KL divergence", "Kullback-Leibler divergence KL(ground-truth mask || map) in nats, mean over images";
        "corloc" => CorLoc(CorLoc) as "CorLoc", "mean over the classes of GT-known Loc (Deselaers et al. 2012)";
        "localisation-errors" => LocalisationErrors(LocalisationErrors) as "Localisation errors", "percentage of images by kind of error: classification, multi-instance, part, more, wrong (Gao et al. 2021, TS-CAM)";
        "px-ap" => PxAp(PxAp) as "PxAP", "pixel average precision: area under the pixelwise precision-recall curve over the pixels of all images (Choe et al. 2020)";
        "px-ap-v2" => PxApV2(PxApV2) as "PxAPV2", "mean over the classes of PxAP (Choe et al. 2022, mPxAP)";
        "mask-iou" => MaskIou(MaskIou) as "Mask IoU", "IoU of the thresholded map with the object's mask, mean over images";
        "peak-iou" => PeakIou(PeakIou) as "Peak IoU", "IoU with the mask at the best threshold, over the pixels of all images or as a mean over images (Pan et al. 2021)";
        "pointing-game" => PointingGame(PointingGame) as "Pointing game", "percentage of images whose map has its maximum on the object or within a tolerance of it (Zhang et al. 2018)";
        "energy-pointing-game" => EnergyPointingGame(EnergyPointingGame) as "Energy-based pointing game", "share of the map's energy inside the boxes, mean over images (Wang et al. 2020)";
        "relevance-mass" => RelevanceMass(RelevanceMass) as "Relevance mass accuracy", "share of the map's sum inside the object's mask, mean over images (Arras et al. 2022)";
        "relevance-rank" => RelevanceRank(RelevanceRank) as "Relevance rank accuracy", "share of the object's pixels among as many highest pixels of the map, mean over images (Arras et al. 2022)";
        "top-k-intersection" => TopKIntersection(TopKIntersection) as "Top-k intersection", "share of the k highest pixels of the map that lie on the object, mean over images (Theiner et al. 2022)";
        "average-drop" => AverageDrop(AverageDrop) as "Average drop", "loss of the target class's probability when the image is multiplied by its map, mean over images (Chattopadhay et al. 2018)";
        "average-increase" => AverageIncrease(AverageIncrease) as "Average increase", "percentage of images whose target class gains probability when the image is multiplied by its map (Chattopadhay et al. 2018)";
        "average-gain" => AverageGain(AverageGain) as "Average gain", "gain of the target class's probability when the image is multiplied by its map, mean over images (Zhang et al. 2024, Opti-CAM)";
        "insertion" => Insertion(Insertion) as "Insertion AUC", "area under the target class's probability while the map's highest pixels are shown step by step (Petsiuk et al. 2018, RISE)";
        "deletion" => Deletion(Deletion) as "Deletion AUC", "area under the target class's probability while the map's highest pixels are removed step by step (Petsiuk et al. 2018, RISE)";
        "road" => Road(Road) as "ROAD", "change of the target class's probability when the most or the least relevant pixels are imputed (Rong et al. 2022)";
        "infidelity" => Infidelity(Infidelity) as "Infidelity", "squared difference between the map's and the network's response to random perturbations, mean over images (Yeh et al. 2019)";
        "max-sensitivity" => MaxSensitivity(MaxSensitivity) as "Max-sensitivity", "largest relative change of the map under small noise on the image, mean over images (Yeh et al. 2019)";
        "coherency" => Coherency(Coherency) as "Coherency", "correlation of the map with the map of the image multiplied by it, mean over images (Poppi et al. 2021)";
        "l1-complexity" => L1Complexity(L1Complexity) as "L1 complexity", "mean of the scaled map over its pixels, mean over images (Poppi et al. 2021)";
        "adcc" => Adcc(Adcc) as "ADCC", "harmonic mean of coherency, 1 - L1 complexity and 1 - average drop (Poppi et al. 2021)";
        "arcc" => Arcc(Arcc) as "ARCC", "harmonic mean of coherency, 1 - L1 complexity and ROAD (arXiv 2605.14641)";
        "sparseness" => Sparseness(Sparseness) as "Sparseness", "Gini index of the map, mean over images (Chalasani et al. 2020)";
        "complexity" => Complexity(Complexity) as "Complexity", "entropy of the map as a distribution over pixels, mean over images (Bhatt et al. 2020)";
    }
    /// The implementation of this metric.
    fn metric -> Metric;
}

/// A metric: a list of measures and an estimator of their values.
pub trait Metric {
    /// The measures, in a fixed order.
    fn measures(&self) -> Vec<Measure>;

    /// The numbers per image that the metric measures itself.
    fn measurement(&self) -> Option<&dyn Measurement> {
        None
    }

    /// The metrics whose measurements this one reads, where several read the same numbers.
    fn measured_by(&self) -> Vec<MetricSpec> {
        Vec::new()
    }

    /// Thresholds at which [`ImageColumns::rates`] must hold the map's rates.
    fn thresholds(&self) -> &[f32] {
        &[]
    }

    /// IoUs at which the metric counts boxes as correct, if it fixes those of the report.
    fn ious(&self) -> Option<&[f64]> {
        None
    }

    /// The contours and minimum IoUs for which [`ImageColumns::boxes`] must hold the levels of correct boxes.
    fn boxes(&self) -> Vec<(Contours, f64)> {
        Vec::new()
    }

    /// `true` if the metric reads the network's prediction: maps that no network belongs to have no value.
    fn needs_prediction(&self) -> bool {
        false
    }

    /// `true` if the metric reads the probabilities of all classes ([`ImageColumns::class_probabilities`]).
    fn reads_all_classes(&self) -> bool {
        false
    }

    /// `true` if the metric is not defined for images with several labels.
    fn needs_one_label(&self) -> bool {
        false
    }

    /// Number of bins of confidence, if the metric divides the network's answers into such.
    fn confidence_bins(&self) -> Option<usize> {
        None
    }

    /// Means over the images of `rows` of curves that the metric measures itself; those of no image are left out.
    fn mean_curves(&self, _rows: &ImageColumns) -> Vec<ProbabilityCurve> {
        Vec::new()
    }

    /// Prepares the computation on the images of `rows`.
    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator>;

    /// The same at map thresholds that other images chose; `None` if the metric depends on no chosen threshold, or one
    /// that it needs was not chosen.
    fn at_levels(&self, _rows: &ImageColumns, _levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
        None
    }
}

/// A metric prepared for given images. All returned lists are in the order of [`Metric::measures`].
pub trait Estimator: Sync {
    /// Values when image `i` counts `weights[i]` times; `None` if no image with a value counts.
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>>;

    /// Values for one class; `own[i]` is 1 for its images, else 0. By default those of the class's images alone; other
    /// for measures that are means over classes of what all images give.
    fn of_class(&self, _class: usize, own: &[u32]) -> Vec<Option<f64>> {
        self.values(own)
    }

    /// Number of images that each value is computed from.
    fn counts(&self) -> Vec<usize>;

    /// For each measure that is a mean of maxima over the map thresholds, the curves whose maxima they are; empty for
    /// other metrics.
    fn maxima(&self) -> Vec<AccuracyCurves> {
        Vec::new()
    }

    /// Each image's contribution to each measure: the value is the mean over the images that have one; choices made
    /// on the images (a threshold) are made on all of them. Empty for measures that are not such a mean.
    fn images(&self) -> Vec<Vec<Option<f64>>>;
}

impl MetricSpec {
    /// Metrics reported by default: those of the WSOL protocol with their usual settings.
    pub fn standard() -> Vec<Self> {
        vec![
            Self::MaxBoxAccV2(MaxBoxAccV2::default()),
            Self::MaxBoxAcc(MaxBoxAcc::default()),
            Self::GtKnownLoc(GtKnownLoc::default()),
            Self::Top1Loc(Top1Loc::default()),
            Self::Top5Loc(Top5Loc::default()),
            Self::Top1Acc(Top1Acc::default()),
            Self::Top5Acc(Top5Acc::default()),
            Self::MeanProbability(MeanProbability::default()),
            Self::PixelAuc(PixelAuc::default()),
            Self::Tpr(Tpr::default()),
            Self::Fpr(Fpr::default()),
            Self::Kl(Kl::default()),
        ]
    }
}
