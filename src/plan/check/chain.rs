use std::collections::HashSet;

use super::{Check, PLAIN, is_plain};
use camlab_config::{Chain, Experiment};
use camlab_nn::graph::Graph;
use camlab_parts::cam::CamSpec;
use camlab_parts::cluster::LabelledSplit;
use camlab_parts::polynomial::CoefficientFault;

/// Largest degree of a polynomial; higher ones do not distinguish `f32` values in [0, 1].
const HIGHEST_DEGREE: usize = 64;

impl Check<'_> {
    /// Checks the name, layers, methods and numbers of every chain.
    pub(super) fn chains(&mut self, experiment: &Experiment, graph: &Graph) {
        let mut names = HashSet::new();
        for (index, chain) in experiment.chain.iter().enumerate() {
            let path = format!("chain.{index}");
            self.chain_name(chain, &path, names.insert(chain.name.as_str()));
            self.chain_layers(chain, &path, graph);
            self.chain_methods(chain, &path, graph);
            self.chain_numbers(chain, &path);
            if let Some(labelled) = chain.cluster.labelled()
                && match labelled.split {
                    LabelledSplit::Train => experiment.data.train.is_none(),
                    LabelledSplit::Val => experiment.data.val.is_none(),
                }
            {
                let (name, key) = (chain.cluster.name(), labelled.split.key());
                let other = match labelled.split {
                    LabelledSplit::Train => {
                        "labelled = { split = \"val\" }, which takes them from `data.val`"
                    }
                    LabelledSplit::Val => {
                        "labelled = { split = \"train\" }, which takes them from `data.train`"
                    }
                };
                let own = if key == "data.val" { "val" } else { "train" };
                self.at(
                    &format!("{path}.cluster"),
                    format!("`{name}` needs the labels of some images of `{key}`, which is missing"),
                    format!("add {own} = {{ ... }} to [data], or write {other}; labels of test images are never read"),
                );
            }
        }
    }

    fn chain_name(&mut self, chain: &Chain, path: &str, first: bool) {
        let (name, at) = (&chain.name, format!("{path}.name"));
        self.require(is_plain(name), &at, format!("`{name}` is not a valid chain name"), PLAIN);
        self.require(
            first,
            &at,
            format!("two chains have the name `{name}`"),
            "give every [[chain]] a different name",
        );
        self.require(
            !CamSpec::NAMES.contains(&name.as_str()),
            &at,
            format!("`{name}` is the name of a CAM method"),
            "write another name for the chain",
        );
    }

    fn chain_layers(&mut self, chain: &Chain, path: &str, graph: &Graph) {
        let at = format!("{path}.layers");
        self.require(
            !chain.layers.is_empty(),
            &at,
            "`layers` is empty",
            "write layers = [\"layer3\", \"layer4\"]",
        );
        let mut seen = HashSet::new();
        for (index, layer) in chain.layers.iter().enumerate() {
            let at = format!("{at}.{index}");
            self.layer(layer, &at, graph);
            self.require(
                seen.insert(layer),
                &at,
                format!("`{layer}` is listed twice"),
                "keep one of the two",
            );
        }
    }

    fn chain_methods(&mut self, chain: &Chain, path: &str, graph: &Graph) {
        let Some(methods) = chain.source.cams() else { return };
        let at = format!("{path}.source.cams.methods");
        self.require(!methods.is_empty(), &at, "`methods` is empty", "write methods = [\"grad-cam\"]");
        let mut seen = HashSet::new();
        for (index, method) in methods.iter().enumerate() {
            let at = format!("{at}.{index}");
            let name = method.name();
            self.require(seen.insert(name), &at, format!("`{name}` is listed twice"), "keep one of the two");
            if !self.defined(method, &chain.layers, &at, graph, "a [[chain]]") {
                continue;
            }
            self.refused(&at, method);
            self.require(
                method.cam().is_none_or(|cam| cam.joins().is_none()),
                &at,
                format!("`{name}` combines the maps of several layers, but a chain needs one map per layer"),
                "list the method that it is based on, such as methods = [\"layer-cam\"]",
            );
        }
    }

    fn chain_numbers(&mut self, chain: &Chain, path: &str) {
        let degree = chain.polynomial.degree;
        self.require(
            (1..=HIGHEST_DEGREE).contains(&degree),
            &format!("{path}.polynomial.degree"),
            format!("`polynomial.degree` = {degree} is out of range"),
            "write 1 to 64; the default is 10",
        );
        for CoefficientFault { option, message, remedy } in chain.coefficients.faults(degree) {
            self.at(&format!("{path}.coefficients.{option}"), message, remedy);
        }
        if let Err((key, message)) = chain.cluster.check() {
            self.at(&format!("{path}.cluster.{}.{key}", chain.cluster.name()), message, "");
        }
    }
}
