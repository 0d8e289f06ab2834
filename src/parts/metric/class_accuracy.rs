use super::calibration::class_answers;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mean class accuracy, in percent; higher is better. With `n_c` images of class `c`, `r_c` of them answered with their
/// own class, it is `1 / C * sum over c of r_c / n_c` over the `C` classes that have images: the Top-1 accuracy of each
/// class, every class counting the same (balanced accuracy, Brodersen et al. 2010; scikit-learn's
/// `balanced_accuracy_score`). Equal to Top-1 Acc if all classes have as many images.
///
/// Needs labels. Not defined for maps of no network (baselines); images with a probability that is not finite are left
/// out. It is not a mean over images, so claims cannot use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassAccuracy {}

impl Metric for ClassAccuracy {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn needs_one_label(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("class-accuracy", TruthKind::Labels)]
    }

    fn reads_all_classes(&self) -> bool {
        true
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let answers = class_answers(rows).into_iter();
        let answers: Vec<Option<(usize, bool)>> =
            answers.map(|answer| answer.map(|answer| (answer.label, answer.is_right()))).collect();
        let classes = answers.iter().flatten().map(|(label, _)| label + 1).max().unwrap_or(0);
        Box::new(BalancedAnswers { answers, classes })
    }
}

struct BalancedAnswers {
    /// For each image its true class, and `true` if that is the answer.
    answers: Vec<Option<(usize, bool)>>,
    /// One more than the largest true class.
    classes: usize,
}

impl Estimator for BalancedAnswers {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let mut classes = vec![(0u64, 0u64); self.classes];
        for (answer, weight) in self.answers.iter().zip(weights) {
            if let Some((label, right)) = answer {
                let (images, found) = &mut classes[*label];
                *images += u64::from(*weight);
                *found += u64::from(*weight) * u64::from(*right);
            }
        }
        let known: Vec<f64> = classes
            .iter()
            .filter(|(images, _)| *images > 0)
            .map(|(images, right)| *right as f64 / *images as f64)
            .collect();
        vec![(!known.is_empty()).then(|| 100.0 * known.iter().sum::<f64>() / known.len() as f64)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.answers.iter().flatten().count()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}
