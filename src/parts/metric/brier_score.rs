use super::calibration::class_answers;
use super::mean::Means;
use super::{Direction, Estimator, ImageColumns, Measure, Metric, TruthKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Brier score of the network's softmax probabilities, mean over images; a plain number, lower is better. With
/// probabilities `p` and `y` 1 for the true class and 0 for the others, an image has `sum over classes c of
/// (p_c - y_c)^2`, from 0 to 2 (Brier 1950, equation 2; scikit-learn's `brier_score_loss` with `scale_by_half=False`).
/// With `form = "top-label"` it has `(p_t - [t is the true class])^2` for its most probable class `t`, from 0 to 1.
///
/// Needs labels. Not defined for maps of no network (baselines); images with a probability that is not finite are left
/// out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BrierScore {
    /// Probabilities whose squared differences are added.
    pub form: BrierForm,
}

/// Probabilities that a Brier score compares with the truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BrierForm {
    /// Those of every class (Brier 1950).
    #[default]
    AllClasses,
    /// That of the most probable class alone: the score of the answer's confidence.
    TopLabel,
}

impl Metric for BrierScore {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn needs_one_label(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        let name = match self.form {
            BrierForm::AllClasses => "brier-score",
            BrierForm::TopLabel => "brier-score@top-label",
        };
        let (unit, direction, truth) = ("", Direction::LowerIsBetter, TruthKind::Labels);
        vec![Measure { name: name.to_owned(), unit, direction, truth, threshold: None }]
    }

    fn reads_all_classes(&self) -> bool {
        true
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let answers = class_answers(rows);
        let column = answers.iter().zip(&rows.class_probabilities).map(|(answer, probabilities)| {
            let answer = (*answer)?;
            let squared = |probability: f64, of_truth: bool| {
                let difference = probability - f64::from(u8::from(of_truth));
                difference * difference
            };
            Some(match self.form {
                BrierForm::TopLabel => squared(answer.confidence, answer.is_right()),
                BrierForm::AllClasses => {
                    let all = probabilities.iter().enumerate();
                    all.map(|(class, p)| squared(f64::from(*p), class == answer.label)).sum()
                }
            })
        });
        Box::new(Means::of(column, 1.0))
    }
}
