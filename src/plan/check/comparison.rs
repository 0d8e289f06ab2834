//! Checks of contrasts, the reference map (`evaluation.intuitive`), predictions and unknown labels.

use std::collections::HashSet;

use super::Check;
use crate::BASELINE;
use crate::claims::{self, DeclaredMap};
use camlab_base::registry::closest;
use camlab_config::{CandidateClasses, Experiment, Labels, NamedMap, Prediction, names};
use camlab_parts::cam::Refusal;

impl Check<'_> {
    pub(super) fn comparison(&mut self, experiment: &Experiment, made: &[DeclaredMap]) {
        self.labels(experiment);
        self.contrasts(experiment);
        if let Some(intuitive) = &experiment.evaluation.intuitive {
            let named =
                NamedMap { method: intuitive.method.clone(), layer: intuitive.layer.clone(), network: None };
            let own: Vec<DeclaredMap> =
                made.iter().filter(|made| made.network != BASELINE).cloned().collect();
            if let Err(wrong) = claims::side("evaluation.intuitive", &named, &own) {
                self.at(
                    &wrong.key,
                    wrong.message,
                    wrong.remedy + "; the method must be listed under [[maps]]",
                );
            }
        }
        if let Some(prediction) = &experiment.prediction {
            self.prediction(prediction, made);
        }
        self.thresholds(experiment);
        for (index, claim) in experiment.claim.iter().enumerate() {
            self.claim(&format!("claim.{index}"), claim, experiment, made);
        }
    }

    fn labels(&mut self, experiment: &Experiment) {
        if experiment.data.labels == Labels::Known {
            return;
        }
        for (index, group) in experiment.maps.iter().enumerate() {
            if group.target.as_ref().is_some_and(|target| target.choice().reads_labels()) {
                self.at(
                    &format!("maps.{index}.target"),
                    "`target = \"label\"` (the default) needs `data.labels = \"known\"`",
                    "write target = \"predicted\" or target = { class = \"NAME\" }",
                );
            }
        }
        let unsaid = experiment.maps.iter().any(|group| group.target.is_none());
        if unsaid && experiment.target.choice().reads_labels() {
            let written = self.document.span("target").is_some();
            self.at(
                if written { "target" } else { "data.labels" },
                "`target = \"label\"` (the default) needs `data.labels = \"known\"`",
                "write target = \"predicted\" or target = { class = \"NAME\" } at the top of the file",
            );
        }
        if experiment.data.train.as_ref() == Some(&experiment.data.test) {
            self.at(
                "data.train",
                "`data.train` is the same as `data.test`, whose labels are unknown",
                "set data.train to other images, or write data.labels = \"known\"",
            );
        }
    }

    fn contrasts(&mut self, experiment: &Experiment) {
        let mut seen = HashSet::new();
        for (index, contrast) in experiment.evaluation.contrast.iter().enumerate() {
            let path = format!("evaluation.contrast.{index}");
            self.require(
                seen.insert(contrast.label()),
                &path,
                format!("contrast `{}` is listed twice", contrast.label()),
                "list every contrast once",
            );
            if let Some(problem) = contrast.contrast().problem() {
                self.at(&path, problem, "`camlab list contrasts` shows the options and their defaults");
            }
        }
    }

    fn thresholds(&mut self, experiment: &Experiment) {
        let mut seen = HashSet::new();
        for (index, choice) in experiment.evaluation.thresholds.iter().flatten().enumerate() {
            let (path, name) = (format!("evaluation.thresholds.{index}"), choice.name());
            self.require(
                seen.insert(name),
                &path,
                format!("`{name}` is listed twice"),
                "list every choice of thresholds once",
            );
            let choice = choice.choice();
            if let Err(Refusal { option, message, remedy }) = choice.check() {
                self.at(&format!("{path}.{name}.{option}"), message, remedy);
            }
            self.require(
                choice.saliency().is_some() || experiment.data.val.is_some(),
                &path,
                format!("`{name}` chooses thresholds by validation images, and the file has none"),
                "add val = { of = \"train\", fraction = 0.2 } to [data], or a data set",
            );
        }
    }

    fn prediction(&mut self, prediction: &Prediction, made: &[DeclaredMap]) {
        self.require(
            !prediction.thresholds.is_empty(),
            "prediction.thresholds",
            "`thresholds` is empty",
            "write thresholds = [0.5]",
        );
        for (index, threshold) in prediction.thresholds.iter().enumerate() {
            let path = format!("prediction.thresholds.{index}");
            let message = format!("threshold `{threshold}` is out of range");
            let inside = *threshold > 0.0 && *threshold <= 1.0;
            self.require(inside, &path, message, "write a confidence above 0 and at most 1, such as 0.5");
            let first = !prediction.thresholds[..index].contains(threshold);
            self.require(
                first,
                &path,
                format!("threshold `{threshold}` is listed twice"),
                "list every threshold once",
            );
        }
        if let CandidateClasses::MostProbable(count) = prediction.classes {
            self.require(
                count >= CandidateClasses::FEWEST,
                "prediction.classes",
                format!("`classes` = {count} is out of range"),
                "write classes = \"all\", or a number of at least 2, such as 5 for the network's five most probable \
                 classes",
            );
        }
        self.require(
            prediction.sharpness > 0.0 && prediction.sharpness.is_finite(),
            "prediction.sharpness",
            format!("`sharpness` = {} is out of range", prediction.sharpness),
            "write a positive number; the default is 10",
        );
        // A chain's maps can be claimed about, but are not computed for every class.
        let is_cam = |made: &&DeclaredMap| camlab_parts::cam::CamSpec::NAMES.contains(&made.method.as_str());
        let own = made.iter().filter(|made| made.network != BASELINE).filter(is_cam);
        let own = own.map(|made| made.method.clone());
        let known: Vec<String> = std::iter::once("cam".to_owned()).chain(own).collect();
        for (index, method) in prediction.methods.iter().enumerate() {
            let path = format!("prediction.methods.{index}");
            let first = !prediction.methods[..index].contains(method);
            self.require(first, &path, format!("`{method}` is listed twice"), "list every method once");
            if !known.iter().any(|known| names(method, known)) {
                let remedy = match closest(method, known.iter().map(String::as_str)) {
                    Some(near) => {
                        format!("list it under [[maps]] with its layers; or did you mean `{near}`?")
                    }
                    None => "list it under [[maps]] with its layers".to_owned(),
                };
                self.at(&path, format!("`{method}` makes no maps in this experiment"), remedy);
            }
        }
    }
}
