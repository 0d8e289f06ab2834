//! What is compared with what: contrasts, the intuitive picture, claims; and labels that nobody may know.

use std::collections::HashSet;

use super::Check;
use crate::parts::metric::Rows;
use crate::plan::claims::{self, Made, Misnamed};
use crate::registry::closest;
use crate::spec::{Claim, Experiment, Labels, Named, Target};

impl Check<'_, '_> {
    pub(super) fn comparison(&mut self, experiment: &Experiment, made: &[Made]) {
        self.labels(experiment);
        self.contrasts(experiment);
        if let Some(intuitive) = &experiment.evaluation.intuitive {
            let named =
                Named { method: intuitive.method.clone(), layer: intuitive.layer.clone(), network: None };
            let own: Vec<Made> =
                made.iter().filter(|made| made.network != super::BASELINE).cloned().collect();
            if let Err(wrong) = claims::side("evaluation.intuitive", &named, &own) {
                self.at(&wrong.key, wrong.message, wrong.remedy + "; list the method in a [[maps]]");
            }
        }
        for (index, claim) in experiment.claim.iter().enumerate() {
            self.claim(&format!("claim.{index}"), claim, experiment, made);
        }
    }

    fn labels(&mut self, experiment: &Experiment) {
        if experiment.data.labels == Labels::Known {
            return;
        }
        if experiment.target == Target::Label {
            let written = self.document.span("target").is_some_and(|at| Some(at) != self.document.span(""));
            self.at(
                if written { "target" } else { "data.labels" },
                "maps are to be made of each image's label, and the labels are unknown",
                "write target = \"predicted\" at the top of the file, or name one class",
            );
        }
        if experiment.data.train.as_ref() == Some(&experiment.data.test) {
            self.at(
                "data.train",
                "networks are trained on the test images, whose labels are unknown",
                "train on other images, or remove labels = \"unknown\"",
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

    fn claim(&mut self, path: &str, claim: &Claim, experiment: &Experiment, made: &[Made]) {
        if let Err(Misnamed { key, message, remedy }) = claims::pairs(claim, made) {
            self.at(&format!("{path}.{key}"), message, remedy);
        }
        let mut names = Vec::new();
        for spec in &experiment.evaluation.metrics {
            // Some numbers are no means over images; of those nothing can be said image by image.
            let means = spec.metric().estimator(&Rows::default()).images().len();
            names.extend(spec.metric().measures().into_iter().take(means).map(|measure| measure.name));
        }
        if !names.contains(&claim.metric) {
            self.named(&format!("{path}.metric"), "number to decide by", &claim.metric, &names);
        }
        let contrasts: Vec<String> =
            experiment.evaluation.contrasts().iter().map(|contrast| contrast.label()).collect();
        if !contrasts.contains(&claim.contrast) {
            self.named(&format!("{path}.contrast"), "contrast", &claim.contrast, &contrasts);
        }
    }

    fn named(&mut self, path: &str, what: &str, written: &str, known: &[String]) {
        let remedy = match closest(written, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of `{}`, as the evaluation lists them", known.join("`, `")),
        };
        self.at(path, format!("the evaluation has no {what} `{written}`"), remedy);
    }
}
