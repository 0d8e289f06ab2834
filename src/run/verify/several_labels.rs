//! Checks of experiments whose images have several labels.

use super::Verification;
use camlab_config::Experiment;
use camlab_nn::train::ValidationMetric;
use camlab_plan::DatasetFacts;

impl Verification<'_> {
    /// Refuses metrics, losses and analyses that are not defined for images with several labels.
    pub(super) fn several_labels(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        let facts = self.facts;
        let train = experiment.data.train.as_ref().map(|train| ("data.train", train));
        let val = experiment.data.validation().map(|val| ("data.val", val));
        let several = train
            .into_iter()
            .chain(val)
            .find_map(|(key, spec)| Some((key, facts.dataset(spec).filter(|set| set.several.is_some())?)));
        if let (Some(training), Some((key, train))) = (&experiment.training, several) {
            if training.loss.is_cross_entropy() {
                let images = train.distinct();
                let message = format!(
                    "`loss` = \"cross-entropy\" takes one label per image, but the {images} images of `{key}` have {} labels",
                    train.images
                );
                self.at(
                    "training.loss",
                    message,
                    "write loss = \"binary-cross-entropy\" or \"asymmetric\" in [training]",
                );
            } else if training.validation.as_ref().is_some_and(|held| held.metric == ValidationMetric::Top1) {
                let message = format!(
                    "`metric` = \"top-1\" is for images with one label, but those of `{key}` have several"
                );
                let remedy = "write metric = \"mean-average-precision\" or \"loss\"";
                self.at("training.validation.metric", message, remedy);
            }
        }
        if test.several.is_none() {
            return;
        }
        for (index, metric) in experiment.evaluation.metrics.iter().enumerate() {
            if metric.metric().needs_one_label() {
                let message = format!(
                    "`{}` is not defined for the images of `data.test`, which have several labels",
                    metric.name()
                );
                let remedy =
                    "remove it; `mean-average-precision` and `mean-probability` are defined for them";
                self.at(&format!("evaluation.metrics.{index}"), message, remedy);
            }
        }
        if experiment.prediction.is_some() {
            let message =
                "[prediction] names one class per image, but the images of `data.test` have several labels";
            self.at("prediction", message, "remove [prediction]");
        }
    }
}
