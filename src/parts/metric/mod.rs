//! Metrics: what an experiment reports, one file each.
//!
//! A metric sees plain columns ([`ImageColumns`]), one row per image, and gives one or more numbers ([`Measure`]).
//! Each number can be computed with every image counted any number of times ([`Estimator`]), which is all the
//! bootstrap needs.

mod average_precision;
mod bootstrap;
mod box_acc;
mod curve;
mod fpr;
mod gt_known_loc;
mod hits;
mod kl;
mod max_box_acc;
mod max_box_acc_v2;
mod mean;
mod mean_average_precision;
mod mean_probability;
mod measure;
mod options;
mod pixel_auc;
mod rows;
mod summary;
mod top1_acc;
mod top1_loc;
mod top5_acc;
mod top5_loc;
mod top_k;
mod tpr;

pub use average_precision::MeanAveragePrecision;
pub use bootstrap::Bootstrap;
pub use box_acc::BoxAcc;
pub use curve::{Contours, accuracy_curve, chosen_level};
pub use fpr::Fpr;
pub use gt_known_loc::GtKnownLoc;
pub use kl::Kl;
pub use max_box_acc::MaxBoxAcc;
pub use max_box_acc_v2::MaxBoxAccV2;
pub use mean_average_precision::MeanAveragePrecisionMetric;
pub use mean_probability::MeanProbability;
pub use measure::{Direction, Measure, MetricScore, TruthKind};
pub use pixel_auc::PixelAuc;
pub use rows::ImageColumns;
pub use summary::{deltas, differences, per_image, rate_thresholds, summarise};
pub use top1_acc::Top1Acc;
pub use top1_loc::Top1Loc;
pub use top5_acc::Top5Acc;
pub use top5_loc::Top5Loc;
pub use tpr::Tpr;

use camlab_base::registry;

registry! {
    /// A metric and its options, as TOML names it.
    pub enum MetricSpec as "metric" {
        "max-box-acc" => MaxBoxAcc(MaxBoxAcc), "box accuracy of the largest contour at the best threshold (MaxBoxAcc, Choe et al. 2020)";
        "max-box-acc-v2" => MaxBoxAccV2(MaxBoxAccV2), "box accuracy of any contour at the best threshold, mean over IoUs (MaxBoxAccV2, Choe et al. 2020)";
        "box-acc" => BoxAcc(BoxAcc), "box accuracy of the largest contour at fixed thresholds (Zhou et al. 2016)";
        "gt-known-loc" => GtKnownLoc(GtKnownLoc), "localisation with the class known: MaxBoxAcc under the name papers use";
        "top1-loc" => Top1Loc(Top1Loc), "localised and classified: box right at GT-known's threshold, class ranked first";
        "top5-loc" => Top5Loc(Top5Loc), "localised and classified: box right at GT-known's threshold, class among the first five";
        "top1-acc" => Top1Acc(Top1Acc), "classification: class ranked first";
        "top5-acc" => Top5Acc(Top5Acc), "classification: class among the first five";
        "mean-average-precision" => MeanAveragePrecision(MeanAveragePrecisionMetric), "classification: mAP of the softmax, mean over the classes that occur (scikit-learn's average_precision_score)";
        "mean-probability" => MeanProbability(MeanProbability), "mean softmax probability of the true class";
        "pixel-auc" => PixelAuc(PixelAuc), "area under the pixels' ROC curve, mean over images";
        "tpr" => Tpr(Tpr), "part of the object's pixels at or above a threshold, mean over images";
        "fpr" => Fpr(Fpr), "part of the background's pixels at or above a threshold, mean over images";
        "kl" => Kl(Kl), "Kullback-Leibler divergence of the map from the truth's mask, mean over images";
    }
    /// The metric that the name stands for.
    fn metric -> Metric;
}

/// What every metric offers.
pub trait Metric {
    /// The numbers the metric gives, in a fixed order.
    fn measures(&self) -> Vec<Measure>;

    /// Prepares the metric for the images of `rows`.
    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator>;
}

/// A metric on certain images. All lists run along [`Metric::measures`].
pub trait Estimator {
    /// The numbers when image `i` counts `weights[i]` times; `None` where no image counts.
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>>;

    /// How many images each number rests on.
    fn counts(&self) -> Vec<usize>;

    /// What each image gives to each number: the number is the mean over the images that have a value, with whatever
    /// is chosen on the images (a threshold) chosen on all of them. Nothing for numbers that are no such mean.
    fn images(&self) -> Vec<Vec<Option<f64>>>;
}

impl MetricSpec {
    /// What is reported unless the file says otherwise: the protocol's metrics with their usual settings.
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

    /// Whether it reads the network's probabilities of all classes ([`ImageColumns::class_probabilities`]).
    pub fn reads_all_classes(&self) -> bool {
        matches!(self, Self::MeanAveragePrecision(_))
    }
}
