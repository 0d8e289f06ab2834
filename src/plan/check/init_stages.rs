use super::Check;
use camlab_base::registry::closest;
use camlab_config::{Experiment, Init};

impl Check<'_> {
    /// Checks that the training stages that an initialisation names exist.
    pub(super) fn init_stages(&mut self, experiment: &Experiment) {
        let stages = experiment.training.iter().flat_map(|training| &training.stage);
        let stages: Vec<&str> = stages.map(|stage| stage.name.as_str()).collect();
        for (index, init) in experiment.init.iter().enumerate() {
            for (place, name) in init.stages.iter().enumerate() {
                let path = format!("init.{index}.stages.{place}");
                let remedy = match (closest(name, stages.iter().copied()), stages.is_empty()) {
                    (Some(near), _) => format!("did you mean `{near}`?"),
                    (None, true) => "add a [[training.stage]] with this name, or remove stages".into(),
                    (None, false) => format!("use one of `{}`", stages.join("`, `")),
                };
                let known = stages.contains(&name.as_str());
                self.require(known, &path, format!("no [[training.stage]] has the name `{name}`"), &remedy);
                let first = !init.stages[..place].contains(name);
                self.require(first, &path, format!("`{name}` is listed twice"), "list every stage once");
            }
            let untrained = init.train == Some(false) && !init.stages.is_empty();
            self.require(
                !untrained,
                &format!("init.{index}.stages"),
                format!("`{}` is not trained, so that `stages` has no effect", init.name),
                "remove stages, or write train = true",
            );
        }
        // A stage that no network takes is a mistake, as an option without effect is.
        let takes_all = |init: &Init| init.stages.is_empty() && init.train != Some(false);
        let students = experiment.fusion.iter().filter_map(|fusion| fusion.method.distillation());
        let lists_all = experiment.init.iter().any(takes_all)
            || students.into_iter().any(|student| student.stage.is_empty());
        for (index, stage) in stages.iter().enumerate() {
            let taken =
                lists_all || experiment.init.iter().any(|init| init.stages.iter().any(|name| name == stage));
            self.require(
                taken,
                &format!("training.stage.{index}"),
                format!("no [[init]] takes the training stage `{stage}`"),
                "add it to the `stages` of an [[init]], or remove it",
            );
        }
    }
}
