//! Images that train supervised localisers.

use super::Verification;
use crate::facts::taught;
use camlab_config::{Experiment, Supervised, SupervisedSets};
use camlab_parts::localiser::HeadTruth;

impl Verification<'_> {
    /// Training images have the truth that the head needs, are as many as the file says, and are none of those that choose
    /// thresholds or evaluate, whatever `data.overlap` says.
    pub(super) fn supervised(&mut self, experiment: &Experiment) {
        for (place, supervised) in experiment.supervised.iter().enumerate() {
            let path = |key: &str| format!("supervised.{place}.{key}");
            let Some(sets) = supervised.sets(&experiment.data) else { continue };
            self.truth_of_head(supervised, &sets, &path("head"));
            self.images_of_head(experiment, supervised, &sets, &path("per-class"));
        }
        for (place, train, other) in taught(experiment) {
            let Some(supervised) = experiment.supervised.get(place) else { continue };
            let known = (self.facts.dataset(&train), self.facts.dataset(&other));
            let (Some(train), Some(evaluated)) = known else { continue };
            let key = (train.digest.clone(), evaluated.digest.clone());
            let Some(shared) = self.facts.overlaps.get(&key).filter(|shared| shared.count > 0) else {
                continue;
            };
            let is_test = other == experiment.data.test;
            let role =
                if is_test { "evaluate it, in `data.test`" } else { "choose its thresholds, in `data.val`" };
            let named = |(one, other): &(String, String)| match one == other {
                true => format!("`{one}`"),
                false => format!("`{one}` (`{other}` there)"),
            };
            let names: Vec<String> = shared.first.iter().map(named).collect();
            let more = if shared.count > names.len() { ", ..." } else { "" };
            let message = format!(
                "{} of {} images that train the head of `{}` also {role}: {}{more}",
                shared.count,
                train.images,
                supervised.name,
                names.join(", ")
            );
            let remedy =
                "remove the copies, or train with other images; overlap = \"allow\" does not allow this";
            let key = if supervised.train.is_some() { "train" } else { "name" };
            self.at(&format!("supervised.{place}.{key}"), message, remedy);
        }
    }

    fn truth_of_head(&mut self, supervised: &Supervised, sets: &SupervisedSets, path: &str) {
        let Some(facts) = self.facts.dataset(&sets.train) else { return };
        let (missing, remedy) = match supervised.head.localiser().needs() {
            HeadTruth::Boxes if !facts.boxes && facts.masks => ("boxes", "write head = \"mask\""),
            HeadTruth::Boxes if !facts.boxes => ("boxes", "add boxes = ... to the data set"),
            HeadTruth::MasksOrBoxes if !facts.boxes && !facts.masks => {
                ("masks or boxes", "add boxes = ... or masks = ... to the data set")
            }
            HeadTruth::Boxes | HeadTruth::MasksOrBoxes => return,
        };
        let (name, source) = (supervised.head.name(), supervised.source());
        self.at(path, format!("the head `{name}` needs {missing}, which `{source}` does not have"), remedy);
    }

    /// Number of images that are drawn, and of those that are left to choose thresholds.
    fn images_of_head(
        &mut self,
        experiment: &Experiment,
        supervised: &Supervised,
        sets: &SupervisedSets,
        path: &str,
    ) {
        let (Some(facts), Some(asked)) = (self.facts.dataset(&sets.train), supervised.per_class) else {
            return;
        };
        let (source, classes) = (supervised.source(), facts.classes.len());
        if facts.images < asked.saturating_mul(classes) {
            let message = format!(
                "`per-class` = {asked}, but some of the {classes} classes of `{source}` have fewer images: only {} can \
                 be drawn",
                facts.images
            );
            self.at(path, message, "write a smaller number, or add images");
            return;
        }
        let choosing = sets.choosing.as_ref().filter(|_| supervised.train.is_none());
        let none = choosing.and_then(|set| self.facts.dataset(set)).is_some_and(|rest| rest.images == 0);
        if none && !experiment.threshold_choices().is_empty() {
            let message = format!(
                "`per-class` = {asked} takes all {} images of `data.val`, and none is left to choose the thresholds of \
                 `{}`",
                facts.images, supervised.name
            );
            self.at(path, message, "write a smaller number, or thresholds = [] in [evaluation]");
        }
    }
}
