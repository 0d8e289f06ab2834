//! Files of external maps against the images.

use super::Verification;
use camlab_base::counted;
use camlab_config::{Experiment, External, MissingMaps};
use camlab_data::DatasetSpec;
use camlab_parts::metric::{Measure, MetricSpec, ThresholdSource};
use camlab_plan::DatasetFacts;
use camlab_stage::TestImages;

/// Number of images or files that a message names.
const NAMED: usize = 3;

impl Verification<'_> {
    /// Every image has a file, or the file says that it need not.
    pub(super) fn externals(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        for (index, external) in experiment.external.iter().enumerate() {
            let path = |key: &str| format!("external.{index}.{key}");
            let needed = images(experiment).indices(&test.rows()).unwrap_or_default();
            self.complete(external, &path, (&experiment.data.test, "test"), &needed);
            let val = experiment.data.validation().filter(|_| !experiment.threshold_choices().is_empty());
            if let Some((val, facts)) = val.and_then(|val| Some((val, self.facts.dataset(val)?))) {
                let all: Vec<usize> = (0..facts.images).collect();
                // None at all: the method does without them.
                match self.facts.external(external, val).is_some_and(|known| known.found > 0) {
                    true => self.complete(external, &path, (val, "validation"), &all),
                    false => self.claims_at_val(experiment, external),
                }
            }
            if let camlab_mapfile::ChannelChoice::Index(class) = external.class
                && class >= test.classes.len()
            {
                let message =
                    format!("`class` = {class}, but `data.test` has {} classes", test.classes.len());
                self.at(&path("class"), message, "write the index of a class, from 0");
            }
        }
    }

    /// Claims of maps that have no thresholds of the validation images must not ask for these.
    fn claims_at_val(&mut self, experiment: &Experiment, external: &External) {
        let choices = experiment.threshold_choices();
        if !choices.iter().any(|choice| choice.choice().source() == ThresholdSource::Val) {
            return;
        }
        let measures = |spec: &MetricSpec| spec.metric().measures();
        let chosen: Vec<Measure> = experiment.evaluation.metrics.iter().flat_map(measures).collect();
        for (index, claim) in experiment.claim.iter().enumerate() {
            let is_about = [&claim.better, &claim.than].iter().any(|side| side.method == external.name);
            let measure = chosen.iter().find(|measure| measure.name == claim.metric);
            if let Some(oracle) = measure.filter(|_| is_about).and_then(Measure::asked_of_oracle) {
                let message = format!(
                    "`{}` has no maps of `data.val`, whose images choose the threshold of `{}`",
                    external.name, claim.metric
                );
                let remedy = format!("add maps of these images, or write metric = \"{oracle}\"");
                self.at(&format!("claim.{index}"), message, remedy);
            }
        }
    }

    fn complete(
        &mut self,
        external: &External,
        path: &dyn Fn(&str) -> String,
        (spec, split): (&DatasetSpec, &str),
        needed: &[usize],
    ) {
        let Some(known) = self.facts.external(external, spec) else { return };
        if let Some(fault) = &known.fault {
            self.at(&path("root"), fault.clone(), "");
            return;
        }
        let missing: Vec<usize> =
            known.missing.iter().copied().filter(|index| needed.binary_search(index).is_ok()).collect();
        let all = needed.len();
        if missing.is_empty() || (external.missing == MissingMaps::Skip && missing.len() < all) {
            return;
        }
        let names: Vec<String> = match camlab_data::open(spec) {
            Ok(set) => missing.iter().take(NAMED).map(|index| format!("`{}`", set.id(*index))).collect(),
            Err(_) => Vec::new(),
        };
        let more = if missing.len() > names.len() { ", ..." } else { "" };
        let pattern = external.names();
        let mut message = format!(
            "{} of {all} {split} images have no map of `{}` under pattern = \"{}\": {}{more}",
            missing.len(),
            external.name,
            pattern.as_str(),
            names.join(", ")
        );
        if let Some(first) = known.first_surplus.first() {
            message += &format!("; of no image there: {}, such as `{first}`", counted(known.surplus, "file"));
        }
        let remedy = match missing.len() == all {
            true => "correct `root` or `pattern`".to_owned(),
            false => "add the files, correct `pattern`, or write missing = \"skip\"".to_owned(),
        };
        self.at(&path(if missing.len() == all { "root" } else { "pattern" }), message, remedy);
    }
}

/// The test images of an experiment.
fn images(experiment: &Experiment) -> TestImages {
    let data = &experiment.data;
    TestImages {
        input: data.input.clone(),
        on_bad_image: data.on_bad_image,
        sample: data.sample.clone(),
        range: None,
        drawn: None,
    }
}
