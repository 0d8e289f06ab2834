use std::collections::HashSet;

use super::Check;
use crate::BASELINE;
use camlab_base::registry::closest;
use camlab_config::{Experiment, Fusion};

impl Check<'_> {
    /// Checks that every fusion has a unique name and members that can be fused.
    pub(super) fn fusions(&mut self, experiment: &Experiment) {
        for (index, fusion) in experiment.fusion.iter().enumerate() {
            let path = format!("fusion.{index}");
            self.fusion_name(experiment, index, &format!("{path}.name"));
            self.members(experiment, index, &path);
            let members = fusion.members(&experiment.init).len();
            if let Err(error) = fusion.method.implementation().check(members) {
                let key = format!("{path}.method.{}", fusion.method.name());
                self.at(&key, error.to_string(), "");
            }
            self.images(experiment, fusion, &path);
            // Members may predict different classes.
            let own = experiment.maps.iter().filter(|group| group.is_of(&fusion.name));
            let mut targets = own.map(|group| group.target.as_ref().unwrap_or(&experiment.target));
            let predicted = targets.any(|target| !target.choice().is_shared());
            self.require(
                !(predicted && fusion.method.ensemble().is_some()),
                &format!("{path}.method"),
                format!(
                    "`{}` combines its members' maps, but each member may predict another target class",
                    fusion.name
                ),
                "write target = \"label\", or use a method that makes one network, such as \"weight-average\"",
            );
        }
    }

    /// Checks that there are training images if the method needs them.
    fn images(&mut self, experiment: &Experiment, fusion: &Fusion, path: &str) {
        let (name, method) = (&fusion.name, &fusion.method);
        let key = format!("{path}.method.{}", method.name());
        if method.needs_training_images() && experiment.data.train.is_none() {
            self.at(
                &key,
                format!("`{name}` needs training images, but `data.train` is missing"),
                "add train = { ... } to [data]",
            );
        }
        let held_out = experiment.training.as_ref().is_some_and(|training| training.validation.is_some());
        let validation = held_out || experiment.data.val.is_some();
        let implementation = method.implementation();
        self.require(
            experiment.data.val.is_none() || implementation.fraction().is_none(),
            &format!("{key}.fraction"),
            format!("`{name}` selects its members on the images of `data.val`, so that none are held out"),
            "remove `fraction`, or remove data.val",
        );
        if implementation.selects() {
            self.require(
                validation || implementation.fraction().is_some(),
                &key,
                format!("`{name}` selects its members on held-out images, but none are held out"),
                "add val = { ... } to [data] or validation = { fraction = 0.1 } to [training], or write greedy-soup = \
                 { fraction = 0.1 }",
            );
        }
        match (method.distillation(), &experiment.training) {
            (Some(_), None) => self.at(
                &key,
                format!("`{name}` trains a student, but there is no [training]"),
                "add a [training] table",
            ),
            (Some(options), Some(training)) => {
                self.require(
                    training.loss.is_cross_entropy(),
                    &key,
                    format!("`{name}` compares softmax probabilities, which training.loss = \"{}\" does not train", training.loss.name()),
                    "choose another fusion, or write loss = \"cross-entropy\" in [training]",
                );
                if let Err(error) = options.training(training).resolved().check() {
                    self.at(&format!("{key}.stage"), error.to_string(), "");
                }
            }
            (None, _) => {}
        }
    }

    fn fusion_name(&mut self, experiment: &Experiment, index: usize, path: &str) {
        let name = &experiment.fusion[index].name;
        self.network_name(name, path);
        let init = experiment.init.iter().any(|init| init.name == *name);
        let earlier = experiment.fusion[..index].iter().any(|fusion| fusion.name == *name);
        let message = match init {
            true => format!("an [[init]] already has the name `{name}`"),
            false => format!("two fusions have the name `{name}`"),
        };
        self.require(!init && !earlier, path, message, "give every [[init]] and [[fusion]] a different name");
    }

    fn members(&mut self, experiment: &Experiment, index: usize, path: &str) {
        let Fusion { name, method, members, .. } = &experiment.fusion[index];
        let inits = experiment.init.iter().map(|init| init.name.as_str());
        let single = |fusion: &&Fusion| fusion.method.ensemble().is_none();
        let fused = experiment.fusion[..index].iter().filter(single).map(|fusion| fusion.name.as_str());
        let known: Vec<&str> = inits.chain(fused).collect();
        let mut seen = HashSet::new();
        for (place, member) in members.iter().enumerate() {
            let at = format!("{path}.members.{place}");
            self.require(
                seen.insert(member),
                &at,
                format!("`{member}` is listed twice"),
                "list it once; `weights` sets a member's share",
            );
            if known.contains(&member.as_str()) {
                continue;
            }
            let position = experiment.fusion.iter().position(|fusion| fusion.name == *member);
            let (message, remedy) = match position {
                Some(other) if other == index => {
                    (format!("`{name}` is a member of itself"), "list other networks".to_owned())
                }
                Some(other) if experiment.fusion[other].method.ensemble().is_some() => (
                    format!(
                        "`{member}` is an ensemble: it has maps and class scores, but no parameters of its own"
                    ),
                    "list its members instead".to_owned(),
                ),
                Some(_) => (
                    format!("`{member}` is defined after this fusion"),
                    format!("move its [[fusion]] above that of `{name}`"),
                ),
                None => {
                    let near = closest(member, known.iter().copied());
                    let remedy = near.map_or_else(
                        || format!("use some of `{}`", known.join("`, `")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    (format!("no network has the name `{member}`"), remedy)
                }
            };
            self.at(&at, message, remedy);
        }
        let count = experiment.fusion[index].members(&experiment.init).len();
        self.require(
            count >= method.implementation().fewest(),
            &format!("{path}.members"),
            format!("`{name}` fuses {} network", if count == 0 { "no" } else { "one" }),
            "list at least two members",
        );
    }
}

impl Check<'_> {
    /// Checks that a name can be used in tables and file names.
    pub(super) fn network_name(&mut self, name: &str, path: &str) {
        let message = format!("`{name}` is not a valid network name");
        self.require(super::is_plain(name), path, message, super::PLAIN);
        self.require(
            name != BASELINE,
            path,
            "`baseline` is reserved for the baselines",
            "write another name for the network",
        );
    }
}
