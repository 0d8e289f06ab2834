use camlab_base::registry::closest;
use camlab_config::{Experiment, Labels, PartOf, SplitSource, ValidationData};

use super::Check;

impl Check<'_> {
    /// Checks `[data]` as far as it can be without reading any data.
    pub(super) fn data(&mut self, experiment: &Experiment) {
        let data = &experiment.data;
        self.require(
            data.batch > 0,
            "data.batch",
            "`data.batch` = 0 is out of range",
            "write 1 or more, such as data.batch = 16",
        );
        if let Err(message) = data.augment.check(data.input.size) {
            self.at("data.augment", message, "");
        }
        let stages: Vec<&str> =
            experiment.training.iter().flat_map(|t| &t.stage).map(|s| s.name.as_str()).collect();
        for (stage, augment) in &data.stage_augment {
            let path = format!("data.stage-augment.{stage}");
            if !stages.contains(&stage.as_str()) {
                let remedy = match closest(stage, stages.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write the name of a [[training.stage]]".into(),
                };
                self.at(&path, format!("no [[training.stage]] has the name `{stage}`"), remedy);
            }
            if let Err(message) = augment.check(data.input.size) {
                self.at(&path, message, "");
            }
        }
        if let Err(error) = data.test.check() {
            self.at("data.test", error.to_string(), "");
        }
        if let Some(Err(error)) = data.train.as_ref().map(|train| train.check()) {
            self.at("data.train", error.to_string(), "");
        }
        if let Some(sample) = &data.sample {
            self.require(
                sample.count > 0,
                "data.sample.count",
                "`data.sample.count` = 0 is out of range",
                "write 1 or more",
            );
        }
        self.validation(experiment);
    }

    /// Checks `data.val`.
    fn validation(&mut self, experiment: &Experiment) {
        let data = &experiment.data;
        let held_out = experiment.training.as_ref().and_then(|training| training.validation.as_ref());
        let both = data.val.is_some() && held_out.is_some_and(|validation| validation.fraction.is_some());
        self.require(
            !both,
            "training.validation.fraction",
            "validation images come from `data.val`, so that none are held out of `data.train`",
            "remove `fraction`, or remove data.val",
        );
        let PartOf { of, fraction, .. } = match &data.val {
            None => return,
            Some(ValidationData::Dataset(spec)) => {
                if let Err(error) = spec.check() {
                    self.at("data.val", error.to_string(), "");
                }
                return;
            }
            Some(ValidationData::Part(part)) => part,
        };
        self.require(
            *fraction > 0.0 && *fraction < 1.0,
            "data.val.fraction",
            format!("`fraction` = {fraction} is out of range"),
            "write more than 0 and less than 1, such as 0.2",
        );
        self.require(
            *of != SplitSource::Train || data.train.is_some(),
            "data.val.of",
            "`data.val` is a part of `data.train`, which is missing",
            "add train = { ... } to [data], or write of = \"test\"",
        );
        self.require(
            *of != SplitSource::Test || data.labels == Labels::Known,
            "data.val.of",
            "`data.val` is a part of `data.test`, whose labels are unknown",
            "write of = \"train\", or data.labels = \"known\"",
        );
    }
}
