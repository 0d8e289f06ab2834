//! Checks of maps that other programs have written.

use std::collections::HashSet;

use super::{Check, PLAIN, is_plain};
use crate::BASELINE;
use camlab_base::registry::closest;
use camlab_config::{Experiment, External, Labels, Maps, TargetClasses};
use camlab_mapfile::{ChannelChoice, FilePatternError, MapOptionError};

impl Check<'_> {
    pub(super) fn externals(&mut self, experiment: &Experiment) {
        let mut seen = HashSet::new();
        for (index, external) in experiment.external.iter().enumerate() {
            let path = |key: &str| format!("external.{index}.{key}");
            let name = &external.name;
            self.require(
                is_plain(name),
                &path("name"),
                format!("`{name}` cannot be used as the name of a method"),
                PLAIN,
            );
            let unique = seen.insert((external.network_name(), name));
            self.require(
                unique,
                &path("name"),
                format!("two [[external]] have the name `{name}`"),
                "give every [[external]] a different name",
            );
            let own = |group: &Maps| -> Vec<String> {
                let title = |method| group.look(method, &experiment.target).title(method, &experiment.target);
                group.methods.iter().map(title).collect()
            };
            self.require(
                external.network.is_none()
                    || !experiment.maps.iter().flat_map(own).any(|title| title == *name),
                &path("name"),
                format!("[[maps]] has a method `{name}` of the same network"),
                "give the external maps another name",
            );
            self.external_files(external, &path);
            self.external_classes(experiment, external, &path);
            self.external_network(experiment, external, &path);
        }
        self.reserved_networks(experiment);
    }

    fn external_files(&mut self, external: &External, path: &dyn Fn(&str) -> String) {
        if let Err(error) = external.files().check() {
            let key = match error {
                MapOptionError::Array { .. } => "array",
                MapOptionError::Channel(_) => "class",
                MapOptionError::PngRange { .. } => "range",
                MapOptionError::Image(_) => "axes",
            };
            self.at(&path(key), error.to_string(), "");
        }
        if let Some(pattern) = &external.pattern {
            let checked: Result<(), FilePatternError> = pattern.check(external.format);
            if let Err(error) = checked {
                self.at(&path("pattern"), error.to_string(), "");
            }
        }
    }

    /// The classes that the maps are of.
    fn external_classes(
        &mut self,
        experiment: &Experiment,
        external: &External,
        path: &dyn Fn(&str) -> String,
    ) {
        let hidden = experiment.data.labels == Labels::Unknown;
        self.require(
            !(hidden && external.class == ChannelChoice::Label),
            &path("class"),
            "`class = \"label\"` needs `data.labels = \"known\"`",
            "name the channel by its index, or write data.labels = \"known\"",
        );
        let of_label =
            external.class == ChannelChoice::Only && experiment.target.choice().reads_labels() && hidden;
        self.require(
            !of_label,
            &path("name"),
            format!(
                "the maps of `{}` are of the image's label (the default target), which needs `data.labels = \"known\"`",
                external.name
            ),
            "write target = { class = \"NAME\" } at the top of the file, or target = \"predicted\" and a network",
        );
        let by_class = external.pattern.as_ref().is_some_and(|pattern| pattern.needs_class());
        self.require(
            !(hidden && by_class),
            &path("pattern"),
            "a pattern with the image's class needs `data.labels = \"known\"`",
            "name the files by {id}, {path} or {stem}, or write data.labels = \"known\"",
        );
        let predicted = match (external.class, experiment.target.choice().classes()) {
            (ChannelChoice::Only, TargetClasses::Predicted | TargetClasses::Ranked { .. }) => true,
            (ChannelChoice::Only | ChannelChoice::Label | ChannelChoice::Index(_), _) => false,
        };
        self.require(
            !predicted || external.network.is_some(),
            &path("network"),
            format!("the maps of `{}` are of the predicted class, but nothing predicts it", external.name),
            "name a network of the experiment: network = \"NAME\"",
        );
    }

    fn external_network(
        &mut self,
        experiment: &Experiment,
        external: &External,
        path: &dyn Fn(&str) -> String,
    ) {
        let Some(network) = &external.network else { return };
        let networks = experiment.networks();
        if networks.contains(&network.as_str()) {
            return;
        }
        let remedy = match closest(network, networks.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if networks.is_empty() => "remove the key, or add an [[init]]".to_owned(),
            None => format!("use one of {}", networks.join(", ")),
        };
        self.at(&path("network"), format!("no single network is called `{network}`"), remedy);
    }

    /// Names that stand for maps without a network.
    fn reserved_networks(&mut self, experiment: &Experiment) {
        let inits =
            experiment.init.iter().enumerate().map(|(i, init)| (format!("init.{i}.name"), &init.name));
        let fusions = experiment
            .fusion
            .iter()
            .enumerate()
            .map(|(i, fusion)| (format!("fusion.{i}.name"), &fusion.name));
        let taken: Vec<_> = inits.chain(fusions).filter(|(_, name)| *name == External::NETWORK).collect();
        for (path, name) in taken {
            self.at(
                &path,
                format!("`{name}` stands for external maps in tables, as `{BASELINE}` does for baselines"),
                "choose another name",
            );
        }
    }
}
