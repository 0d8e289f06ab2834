//! Checks of the probabilities that class scores stand for.

use super::Check;
use camlab_config::Experiment;

impl Check<'_> {
    /// A loss trains for one kind of probabilities.
    pub(super) fn probabilities(&mut self, experiment: &Experiment) {
        let (Some(probabilities), Some(training)) = (experiment.probabilities, &experiment.training) else {
            return;
        };
        let trained = training.loss.probabilities();
        self.require(
            probabilities == trained,
            "probabilities",
            format!(
                "`probabilities` = \"{}\" is not what training.loss = \"{}\" trains for",
                probabilities.name(),
                training.loss.name()
            ),
            "remove the key: it follows the loss",
        );
    }
}
