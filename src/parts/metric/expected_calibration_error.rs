use super::calibration::{CalibrationBin, ClassAnswer, class_answers, confidence_bin};
use super::{Direction, Estimator, ImageColumns, Measure, Metric, TruthKind, options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bins of confidence that papers use most.
const BINS: usize = 15;

/// Expected calibration error of the network's top answer, in percent; lower is better. The images are divided into
/// bins of equal width by the confidence of the answer; with `n` images, `|B|` of them in bin `B`, and the bin's
/// accuracy `acc(B)` and mean confidence `conf(B)`, it is `sum over B of |B| / n * |acc(B) - conf(B)|` (Guo et al.
/// 2017, equation 3; Naeini et al. 2015). With `norm = "max"` it is `max over B of |acc(B) - conf(B)|`, the maximum
/// calibration error (equation 5).
///
/// Needs labels. Not defined for maps of no network (baselines); images with a probability that is not finite are left
/// out. It is not a mean over images, so claims cannot use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectedCalibrationError {
    /// Number of bins of equal width, from 1 to 1000.
    #[serde(deserialize_with = "options::bins")]
    #[schemars(schema_with = "options::bins_schema")]
    pub bins: usize,
    /// Way in which the bins' gaps between accuracy and confidence become one number.
    pub norm: CalibrationNorm,
}

/// Way in which the gaps of bins become one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalibrationNorm {
    /// Mean of the gaps, weighted by the bins' images: expected calibration error.
    #[default]
    L1,
    /// Largest gap: maximum calibration error.
    Max,
}

impl Default for ExpectedCalibrationError {
    fn default() -> Self {
        Self { bins: BINS, norm: CalibrationNorm::L1 }
    }
}

impl Metric for ExpectedCalibrationError {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn needs_one_label(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        let bins = (self.bins != BINS).then(|| format!("bins={}", self.bins));
        let norm = (self.norm == CalibrationNorm::Max).then(|| "max".to_owned());
        let options: Vec<String> = bins.into_iter().chain(norm).collect();
        let at = if options.is_empty() { "" } else { "@" };
        let name = format!("expected-calibration-error{at}{}", options.join(","));
        let measure = Measure::percent(name, TruthKind::Labels);
        vec![Measure { direction: Direction::LowerIsBetter, ..measure }]
    }

    fn reads_all_classes(&self) -> bool {
        true
    }

    fn confidence_bins(&self) -> Option<usize> {
        Some(self.bins)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(CalibrationGaps { answers: class_answers(rows), bins: self.bins, norm: self.norm })
    }
}

struct CalibrationGaps {
    answers: Vec<Option<ClassAnswer>>,
    bins: usize,
    norm: CalibrationNorm,
}

impl Estimator for CalibrationGaps {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let mut bins = vec![CalibrationBin::default(); self.bins];
        for (answer, weight) in self.answers.iter().zip(weights).filter(|(_, weight)| **weight > 0) {
            if let Some(answer) = answer
                && let Some(bin) = bins.get_mut(confidence_bin(answer.confidence, self.bins))
            {
                bin.add(answer.confidence, answer.is_right(), *weight);
            }
        }
        let all: u64 = bins.iter().map(|bin| bin.images).sum();
        let gaps = bins.iter().filter_map(|bin| Some((bin.gap()?, bin.images as f64)));
        let value = match self.norm {
            CalibrationNorm::L1 => gaps.map(|(gap, images)| gap * images).sum::<f64>() / all as f64,
            CalibrationNorm::Max => gaps.map(|(gap, _)| gap).fold(0.0, f64::max),
        };
        vec![(all > 0).then_some(100.0 * value)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.answers.iter().flatten().count()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}
