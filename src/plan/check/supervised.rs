//! Checks of few-shot supervised localisers.

use std::collections::HashSet;

use super::{Check, PLAIN, is_plain};
use camlab_base::registry::closest;
use camlab_config::{Experiment, Labels, Maps, ObjectiveSplit, Supervised};
use camlab_nn::graph::Graph;
use camlab_parts::cam::Refusal;

/// Message and remedy for a search whose objective is computed on images that train a head.
pub fn trains(experiment: &Experiment, split: ObjectiveSplit) -> Option<(String, String)> {
    let mut own = experiment.supervised.iter().filter(|_| split == ObjectiveSplit::Val);
    let name = &own.find(|supervised| supervised.train.is_none())?.name;
    let message =
        format!("the images of `data.val` decide here, and some of them train the head of `{name}`");
    let remedy = "give the [[supervised]] images of its own with `train`, or leave it out of the search";
    Some((message, remedy.to_owned()))
}

impl Check<'_> {
    pub(super) fn supervised(&mut self, experiment: &Experiment) {
        let mut seen = HashSet::new();
        for (index, supervised) in experiment.supervised.iter().enumerate() {
            let path = |key: &str| format!("supervised.{index}.{key}");
            let name = &supervised.name;
            self.require(
                is_plain(name),
                &path("name"),
                format!("`{name}` cannot be used as the name of a method"),
                PLAIN,
            );
            self.require(
                seen.insert(name),
                &path("name"),
                format!("two [[supervised]] have the name `{name}`"),
                "give every [[supervised]] a different name",
            );
            self.supervised_name(experiment, supervised, &path("name"));
            self.supervised_network(experiment, supervised, &path("network"));
            self.supervised_images(experiment, supervised, &path);
            if let Err(Refusal { option, message, remedy }) = supervised.head.localiser().check() {
                let key = format!("head.{}.{option}", supervised.head.name());
                self.at(&path(&key), message, remedy);
            }
            if let Err(Refusal { option, message, remedy }) = supervised.training().check() {
                self.at(&path(option), message, remedy);
            }
            let of_label = experiment.target.choice().reads_labels();
            self.require(
                !(of_label && experiment.data.labels == Labels::Unknown),
                &path("name"),
                format!(
                    "the target class of `{name}` is the image's label (the default), which needs `data.labels = \"known\"`"
                ),
                "write target = \"predicted\" or target = { class = \"NAME\" } at the top of the file",
            );
        }
    }

    /// Names of other methods of the same network.
    fn supervised_name(&mut self, experiment: &Experiment, supervised: &Supervised, path: &str) {
        let name = &supervised.name;
        let network = supervised.network_of(&experiment.networks());
        let own = |group: &&Maps| network.is_some_and(|network| group.is_of(network));
        let mut groups = experiment.maps.iter().filter(own);
        let is_map = groups.any(|group| {
            let title = |method| group.look(method, &experiment.target).title(method, &experiment.target);
            group.methods.iter().map(title).any(|title| title == *name)
        });
        let mut externals = experiment.external.iter();
        let is_external =
            externals.any(|external| external.name == *name && Some(external.network_name()) == network);
        let mut chains = experiment.chain.iter();
        let is_chain = chains.any(|chain| chain.name == *name || chain.polynomial_name() == *name);
        for (taken, table) in [(is_map, "maps"), (is_external, "external"), (is_chain, "chain")] {
            self.require(
                !taken,
                path,
                format!("[[{table}]] has a method `{name}` of the same network"),
                "give the [[supervised]] another name",
            );
        }
    }

    fn supervised_network(&mut self, experiment: &Experiment, supervised: &Supervised, path: &str) {
        let networks = experiment.networks();
        let Some(network) = supervised.network_of(&networks) else {
            let message = format!("`{}` needs a network, and the experiment has none", supervised.name);
            self.at(path, message, "add an [[init]] with name and scheme");
            return;
        };
        if networks.contains(&network) {
            return;
        }
        let remedy = match closest(network, networks.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use one of {}", networks.join(", ")),
        };
        self.at(path, format!("no single network is called `{network}`"), remedy);
    }

    /// The images that train the head.
    fn supervised_images(
        &mut self,
        experiment: &Experiment,
        supervised: &Supervised,
        path: &dyn Fn(&str) -> String,
    ) {
        let name = &supervised.name;
        self.require(
            supervised.per_class != Some(0),
            &path("per-class"),
            "`per-class` = 0 leaves no images",
            "write 1 or more; the tables of wsolevaluation use 5 and 10",
        );
        match &supervised.train {
            Some(train) => {
                if let Err(error) = train.check() {
                    self.at(&path("train"), error.to_string(), "");
                }
                self.require(
                    *train != experiment.data.test,
                    &path("train"),
                    format!("`train` of `{name}` is the same as `data.test`, whose images evaluate it"),
                    "train with other images",
                );
            }
            None if experiment.data.val.is_none() => self.at(
                &path("name"),
                format!("`{name}` has no images to train with: the file has neither `train` nor `data.val`"),
                "add train = { ... } here, or val to [data]",
            ),
            None => {
                self.require(
                    supervised.per_class.is_some(),
                    &path("name"),
                    format!("`{name}` trains with images of `data.val`, and their number is missing"),
                    "write per-class = 5; all other images of data.val then choose its thresholds",
                );
                self.require(
                    experiment.data.validation() != Some(&experiment.data.test),
                    &path("name"),
                    format!("`{name}` trains with images of `data.val`, which is the same as `data.test`"),
                    "train with other images",
                );
            }
        }
    }

    /// The layers that the heads read.
    pub(super) fn supervised_layers(&mut self, experiment: &Experiment, graph: &Graph) {
        for (index, supervised) in experiment.supervised.iter().enumerate() {
            self.layer(&supervised.layer, &format!("supervised.{index}.layer"), graph);
        }
    }
}
