use std::collections::{BTreeSet, HashSet};

use super::Check;
use camlab_base::registry::closest;
use camlab_config::{Experiment, JoinScaling, MapOptions, Maps, Refine};
use camlab_data::InputSize;
use camlab_nn::graph::Graph;
use camlab_parts::cam::{CamSpec, Needs, Refusal};

impl Check<'_> {
    /// Checks that the backbone has the layers and that the methods are defined there.
    pub(super) fn maps(&mut self, experiment: &Experiment, graph: &Graph) {
        let InputSize { height, width } = experiment.data.input.size;
        if let Err(error) = graph.shapes(height, width) {
            self.at(
                "data.input",
                error.to_string(),
                "increase data.input.size, or use a backbone with a smaller stride",
            );
            return;
        }
        self.require(
            experiment.maps.iter().any(|group| group.networks.as_ref().is_none_or(|all| !all.is_empty()))
                || !experiment.external.is_empty()
                || !experiment.supervised.is_empty(),
            "maps",
            "the experiment has no [[maps]]",
            "add [[maps]] with methods and layers, or maps of another program by [[external]]",
        );
        let mut seen = HashSet::new();
        for (index, group) in experiment.maps.iter().enumerate() {
            let path = format!("maps.{index}");
            self.group_networks(&path, group, experiment);
            self.group(&path, group, experiment, graph, &mut seen);
        }
    }

    fn group(
        &mut self,
        path: &str,
        group: &Maps,
        experiment: &Experiment,
        graph: &Graph,
        seen: &mut HashSet<[String; 3]>,
    ) {
        let target = &experiment.target;
        // Two of one name are an error of their own.
        let networks: BTreeSet<String> = super::networks(experiment).into_iter().collect();
        self.require(
            !group.methods.is_empty(),
            &format!("{path}.methods"),
            "`methods` is empty",
            "write methods = [\"grad-cam\"]",
        );
        self.require(
            !group.layers.is_empty(),
            &format!("{path}.layers"),
            "`layers` is empty",
            "write layers = [\"layer4\"]",
        );
        self.require(
            group.combine.is_none() || group.layers.len() > 1,
            &format!("{path}.combine"),
            "`combine` needs at least two layers",
            "list several layers, or remove combine",
        );
        self.refinement(path, group.refine.as_ref());
        for (index, layer) in group.layers.iter().enumerate() {
            self.layer(layer, &format!("{path}.layers.{index}"), graph);
        }
        for (index, method) in group.methods.iter().enumerate() {
            let at = format!("{path}.methods.{index}");
            if !self.defined(method, &group.layers, &at, graph, "a [[maps]] group") {
                continue;
            }
            self.refused(&at, method);
            let look = group.look(method, target);
            self.look(path, &at, method, &look, group.layers.len());
            for layers in group.layers_of(&look) {
                let (title, layer) = (look.title(method, target), layers.join("+"));
                let mut first = true;
                for network in networks.iter().filter(|network| group.is_of(network)) {
                    first &= seen.insert([title.clone(), layer.clone(), network.clone()]);
                }
                self.require(
                    first,
                    &at,
                    format!("`{title}` at `{layer}` is listed twice"),
                    "keep one of the two",
                );
            }
        }
    }

    /// Checks that the networks and the seeds of a group exist.
    fn group_networks(&mut self, path: &str, group: &Maps, experiment: &Experiment) {
        let networks = super::networks(experiment);
        self.require(
            group.seeds.as_ref().is_none_or(|seeds| !seeds.is_empty()),
            &format!("{path}.seeds"),
            "`seeds` is empty",
            "write some of the experiment's seeds, or remove the key",
        );
        for (index, seed) in group.seeds.iter().flatten().enumerate() {
            let known: Vec<String> = experiment.seeds.iter().map(ToString::to_string).collect();
            self.require(
                experiment.seeds.contains(seed),
                &format!("{path}.seeds.{index}"),
                format!("the experiment has no seed {seed}"),
                &format!("use some of its seeds: {}", known.join(", ")),
            );
        }
        let listed = group.networks.as_deref().unwrap_or_default();
        for (index, name) in listed.iter().enumerate() {
            let at = format!("{path}.networks.{index}");
            let known = networks.contains(name);
            let remedy = match closest(name, networks.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use one of `{}`", networks.join("`, `")),
            };
            self.require(known, &at, format!("no [[init]] or [[fusion]] has the name `{name}`"), &remedy);
            let first = !listed[..index].contains(name);
            self.require(first, &at, format!("`{name}` is listed twice"), "list every network once");
        }
    }

    /// Checks the options of a method or baseline.
    pub(super) fn refused(&mut self, at: &str, method: &CamSpec) {
        if let Err(Refusal { option, message, remedy }) = method.check() {
            self.at(&format!("{at}.{}.{option}", method.name()), message, remedy);
        }
    }

    /// Checks that a method supports the map options.
    fn look(&mut self, path: &str, at: &str, method: &CamSpec, look: &MapOptions, layers: usize) {
        let name = method.name();
        self.require(
            look.combine.is_none() || layers > 1 || method.cam().is_none_or(|cam| cam.joins().is_none()),
            at,
            format!("`{name}` combines the maps of several layers, but only one is listed"),
            "list at least two layers: layers = [\"layer3\", \"layer4\"]",
        );
        self.require(
            !look.eigen_smooth || method.has_parts(),
            at,
            format!("`eigen-smooth` is defined only for maps that are sums over channels, not for `{name}`"),
            "list it in a [[maps]] group of its own without eigen-smooth",
        );
        self.require(
            look.normalise == JoinScaling::default() || look.joins(),
            &format!("{path}.normalise"),
            "`normalise` scales maps before they are combined, but no maps are combined here",
            "remove normalise; evaluation scales every map to [0, 1] in any case",
        );
    }

    fn refinement(&mut self, path: &str, refine: Option<&Refine>) {
        let Some(Refine { steps, step_size, .. }) = refine else { return };
        self.require(
            *steps > 0,
            &format!("{path}.refine.steps"),
            "`refine.steps` = 0 is out of range",
            "write steps = 5, or remove refine",
        );
        self.require(
            *step_size > 0.0 && step_size.is_finite(),
            &format!("{path}.refine.step-size"),
            format!("`refine.step-size` = {step_size} is out of range"),
            "write a positive fraction of the image's value range, such as 0.01",
        );
    }
}

impl Check<'_> {
    /// Checks that the backbone has a layer.
    pub(super) fn layer(&mut self, layer: &str, at: &str, graph: &Graph) {
        if graph.tap(layer).is_ok() {
            return;
        }
        let names: Vec<_> = graph.taps().iter().map(|tap| tap.name.as_str()).collect();
        let remedy = match closest(layer, names.iter().copied()) {
            Some(near) => {
                format!("did you mean `{near}`? `camlab list layers FILE` shows all {}", names.len())
            }
            None => format!("`camlab list layers FILE` shows all {}", names.len()),
        };
        self.at(at, format!("the backbone has no layer `{layer}`"), remedy);
    }

    /// Checks that a method is defined at every one of `layers`; `false` if it is a baseline. `elsewhere` is the
    /// table that could list the method with other layers.
    pub(super) fn defined(
        &mut self,
        method: &CamSpec,
        layers: &[String],
        at: &str,
        graph: &Graph,
        elsewhere: &str,
    ) -> bool {
        let name = method.name();
        let Some(cam) = method.cam() else {
            self.at(
                at,
                format!("`{name}` is a baseline, not a CAM method"),
                "list it under `baselines` at the top of the file",
            );
            return false;
        };
        let known = layers.iter().all(|layer| graph.tap(layer).is_ok());
        for layer in layers {
            let seen = graph.tap(layer).is_ok_and(|node| graph.feeds_global_pool(node));
            if known && cam.needs() == Needs::Classifier && !seen {
                let last = graph.last_feature();
                let here = last.map_or(String::new(), |last| format!(" (`{last}` here)"));
                self.at(
                    at,
                    format!(
                        "`{name}` is defined only at the layer that feeds global average pooling and the linear \
                         classifier{here}, not at `{layer}`"
                    ),
                    format!(
                        "give `{name}` {elsewhere} of its own with layers = [\"{}\"]",
                        last.unwrap_or("layer4")
                    ),
                );
            }
            self.ablation(cam.needs(), name, layer, at, graph);
        }
        true
    }

    /// Checks that everything downstream of a layer is computed from it alone; only then can a channel be ablated.
    fn ablation(&mut self, needs: Needs, name: &str, layer: &str, at: &str, graph: &Graph) {
        let Ok(node) = graph.tap(layer) else { return };
        if needs == Needs::AblatedChannels
            && !graph.feeds_global_pool(node)
            && let Err(error) = graph.tail(node)
        {
            let message = format!("`{name}` cannot be computed at `{layer}`: {error}");
            self.at(at, message, "");
        }
    }
}
