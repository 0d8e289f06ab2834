//! The keys of an experiment file that the options of stages come from.

use camlab_config::{Experiment, Supervised};
use camlab_graph::Stage;

/// A path into an experiment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TomlPath {
    /// Keys, and positions in lists.
    pub steps: Vec<String>,
    /// `true` if an option is computed from the value and need not equal it.
    pub derived: bool,
}

impl TomlPath {
    pub fn new(steps: &[&str]) -> Self {
        Self { steps: steps.iter().map(|step| (*step).to_owned()).collect(), derived: false }
    }

    /// A path whose value an option is computed from.
    pub fn computed(steps: &[&str]) -> Self {
        Self { derived: true, ..Self::new(steps) }
    }
}

fn joined<'s>(start: &[&'s str], rest: &[&'s str]) -> Vec<&'s str> {
    [start, rest].concat()
}

/// Separator of the parts of a stage's label: network, method, layer.
const BETWEEN: &str = " · ";

/// A stage of a cell, by the names in its label.
pub(super) struct StageOfCell<'a> {
    experiment: &'a Experiment,
    kind: &'a str,
    /// Network, method or chain, layer, as far as the label names them.
    words: Vec<&'a str>,
}

impl<'a> StageOfCell<'a> {
    pub fn new(stage: &'a Stage, experiment: &'a Experiment) -> Self {
        Self { experiment, kind: &stage.spec.kind, words: stage.hints.label.split(BETWEEN).collect() }
    }

    fn word(&self, place: usize) -> &'a str {
        self.words.get(place).copied().unwrap_or_default()
    }

    /// Position of the `[[init]]` of the stage's network.
    pub fn init(&self) -> Option<usize> {
        self.experiment.init.iter().position(|init| init.name == self.word(0))
    }

    /// Position of the `[[fusion]]` of the stage's network or ensemble.
    pub fn fusion(&self) -> Option<usize> {
        self.experiment.fusion.iter().position(|fusion| fusion.name == self.word(0))
    }

    /// Position of the stage's `[[chain]]`.
    pub fn chain(&self) -> Option<usize> {
        self.experiment.chain.iter().position(|chain| chain.name == self.word(1))
    }

    /// Position of the stage's `[[supervised]]`; for the activations of a layer, of the first that reads it.
    pub fn supervised(&self) -> Option<usize> {
        let features = self.kind == "features";
        let own = |supervised: &Supervised| match features {
            true => supervised.layer == self.word(1),
            false => supervised.name == self.word(1),
        };
        self.experiment.supervised.iter().position(own)
    }

    /// Positions of the stage's `[[maps]]` group, and of its method in the group.
    fn maps(&self) -> Option<(usize, usize)> {
        let Experiment { maps, target, .. } = self.experiment;
        let groups = maps.iter().enumerate();
        let mut all = groups.flat_map(|(place, group)| {
            let methods = group.methods.iter().enumerate();
            methods.map(move |(method, spec)| (place, method, group, spec))
        });
        let found = all.find(|(_, _, group, spec)| {
            let look = group.look(spec, target);
            let layers = || group.layers_of(&look).iter().any(|layers| layers.join("+") == self.word(2));
            look.title(spec, target) == self.word(1) && layers()
        });
        found.map(|(place, method, ..)| (place, method))
    }

    /// The paths that an option can come from, the first that is written counts; empty if that is not known.
    pub fn paths(&self, option: &[&str]) -> Vec<TomlPath> {
        let path = |start: &[&str], rest: &[&str]| vec![TomlPath::new(&[start, rest].concat())];
        let derived = |steps: &[&str]| vec![TomlPath::computed(steps)];
        if let Some(place) = option.iter().position(|step| *step == "architecture") {
            return match &option[place + 1..] {
                ["classes"] => derived(&["data", "test"]),
                inner => path(&[], inner),
            };
        }
        match option {
            ["head", rest @ ..] if self.supervised().is_some() => {
                self.of_supervised(&joined(&["head"], rest))
            }
            ["training", rest @ ..] if self.kind == "supervise" => self.of_supervised(rest),
            ["activations", "layer"] => self.of_supervised(&["layer"]),
            ["activations", rest @ ..] => self.paths(rest),
            // Wrappers of options that other kinds have themselves.
            ["channels", "activations", rest @ ..] => self.paths(rest),
            ["channels", rest @ ..] => self.paths(rest),
            ["network", "source", rest @ ..] => self.paths(&joined(&["network"], rest)),
            ["network", "precision"] => self.paths(&["precision"]),
            ["labelled", rest @ ..] => self.paths(&joined(&["images"], rest)),
            ["images", "set", rest @ ..] => self.paths(&joined(&["images"], rest)),
            ["preparation", "interpolation"] => self.paths(&["interpolation"]),

            ["network", "weights", "scheme", rest @ ..] | ["initial", "scheme", rest @ ..] => {
                self.scheme(self.init(), rest)
            }
            ["members", place, "weights", "scheme", rest @ ..] => self.scheme(self.member(place), rest),
            ["student", "initial", "scheme", rest @ ..] => {
                self.of_fusion(&joined(&["method", "distill", "student"], rest))
            }
            ["student", "training", rest @ ..] => {
                let mut paths = self.of_fusion(&joined(&["method", "distill"], rest));
                paths.extend(self.training(rest));
                paths
            }
            ["training", rest @ ..] => self.training(rest),

            ["images", "held-out"] => path(&["training", "validation", "fraction"], &[]),
            ["images", rest @ ..] => path(&["data"], rest),
            ["labels"] => derived(&["data", "labels"]),
            ["precision"] => path(&["precision"], &[]),
            ["interpolation"] => path(&["evaluation", "interpolation"], &[]),
            ["preparation", "contrast", ..] => derived(&["evaluation", "contrast"]),
            ["deltas" | "largest"] => derived(&["evaluation", "metrics"]),
            ["pseudo-boxes"] => derived(&["evaluation", "thresholds"]),
            ["maps", ..] if self.kind == "pseudo-boxes" => derived(&["evaluation", "thresholds"]),
            ["thresholds"] if self.kind == "evaluate" => derived(&["evaluation", "metrics"]),
            ["metric", rest @ ..] => path(&["evaluation", "metrics"], rest),
            ["resamples"] => path(&["evaluation", "bootstrap"], &[]),
            ["thresholds" | "classes" | "sharpness"] => path(&["prediction"], option),

            _ if self.kind == "sanity" => match option {
                ["count"] => path(&["sanity", "images"], &[]),
                ["init" | "seed", ..] => path(&["sanity"], option),
                _ => Vec::new(),
            },
            ["look", "target", rest @ ..] => {
                let mut paths = self.of_group(&joined(&["target"], rest));
                paths.extend(path(&["target"], rest));
                paths
            }
            ["look", rest @ ..] => self.of_group(rest),
            ["target", rest @ ..] => path(&["target"], rest),
            ["maps" | "reference", "baseline", "method", rest @ ..] => path(&["baselines"], rest),
            ["method", rest @ ..] if ["fuse", "ensemble"].contains(&self.kind) => {
                self.of_fusion(&joined(&["method"], rest))
            }
            ["method", rest @ ..] => match self.maps() {
                Some((_, method)) => self.of_group(&joined(&["methods", method.to_string().as_str()], rest)),
                None => Vec::new(),
            },
            ["cluster" | "coefficients" | "merge" | "polynomial", ..] => self.of_chain(option),
            ["sub-maps", ..] => match self.chain() {
                Some(place) => {
                    let name = self.experiment.chain[place].cluster.name();
                    self.of_chain(&joined(&["cluster", name], option))
                }
                None => Vec::new(),
            },
            ["layers"] if self.chain().is_some() => self.of_chain(option),
            ["layers"] => self.maps().map_or_else(Vec::new, |(group, _)| {
                vec![TomlPath::computed(&["maps", group.to_string().as_str(), "layers"])]
            }),
            _ => Vec::new(),
        }
    }

    /// Paths of `[training]`, or of the stage that the first step names: `2 fine-tune`.
    fn training(&self, rest: &[&str]) -> Vec<TomlPath> {
        let stages = self.experiment.training.as_ref().map_or(&[][..], |training| &training.stage);
        let numbered = |step: &&str| {
            // The number counts the stages that the network takes.
            let (number, name) = step.split_once(' ')?;
            number.parse::<usize>().ok()?;
            stages.iter().position(|stage| stage.name == name)
        };
        match rest.first().and_then(numbered) {
            Some(place) => {
                let own = ["training", "stage", &place.to_string()];
                let of = |start: &[&str]| TomlPath::new(&[start, &rest[1..]].concat());
                vec![of(&own), of(&["training"])]
            }
            None => vec![TomlPath::new(&joined(&["training"], rest))],
        }
    }

    /// Position of the `[[init]]` that is a member of the stage's fusion.
    pub fn member(&self, place: &str) -> Option<usize> {
        let fusion = self.experiment.fusion.get(self.fusion()?)?;
        let members = fusion.members(&self.experiment.init);
        let name = members.get(place.parse::<usize>().ok()?)?;
        self.experiment.init.iter().position(|init| init.name == *name)
    }

    fn scheme(&self, init: Option<usize>, rest: &[&str]) -> Vec<TomlPath> {
        self.of("init", init, &joined(&["scheme"], rest))
    }

    fn of_fusion(&self, rest: &[&str]) -> Vec<TomlPath> {
        self.of("fusion", self.fusion(), rest)
    }

    fn of_chain(&self, rest: &[&str]) -> Vec<TomlPath> {
        self.of("chain", self.chain(), rest)
    }

    fn of_supervised(&self, rest: &[&str]) -> Vec<TomlPath> {
        self.of("supervised", self.supervised(), rest)
    }

    fn of_group(&self, rest: &[&str]) -> Vec<TomlPath> {
        self.of("maps", self.maps().map(|(group, _)| group), rest)
    }

    fn of(&self, list: &str, place: Option<usize>, rest: &[&str]) -> Vec<TomlPath> {
        let path = |place: usize| TomlPath::new(&joined(&[list, place.to_string().as_str()], rest));
        place.map(path).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use camlab_config::Document;
    use camlab_graph::{Hints, Inputs, SharedText, StageOptions, StageSpec};
    use serde_json::Value;

    use super::*;

    const TEXT: &str = r#"
name = "x"
backbone = "resnet18"
data = { test = "synthetic", train = "synthetic", input = { size = 64 } }
[[init]]
name = "a"
scheme = "orthogonal"
[[init]]
name = "b"
scheme = "orthogonal"
[[fusion]]
name = "mean"
method = "weight-average"
members = ["b", "a"]
[training]
[[training.stage]]
name = "warm"
[[training.stage]]
name = "fine"
lr = 0.1
[[maps]]
methods = ["grad-cam"]
layers = ["layer3"]
[[maps]]
methods = ["cam", "layer-cam"]
layers = ["layer4"]
[[chain]]
name = "mine"
layers = ["layer4"]
[[supervised]]
name = "few"
network = "b"
layer = "layer4"
per-class = 5
head = { box = { beta = 0.2 } }
"#;

    fn paths(kind: &'static str, label: &str, option: &str) -> Vec<String> {
        let document = Document::parse(Path::new("x.toml"), TEXT).unwrap();
        let experiment = document.read().experiment.expect("an experiment");
        let (params, inputs) = (StageOptions::new(&Value::Null), Inputs::new());
        let spec =
            StageSpec { kind: SharedText::of_static(kind), version: 1, params, inputs, instructions: None };
        let stage = Stage::new(spec, Hints { label: label.into(), ..Hints::default() });
        let option: Vec<&str> = option.split('.').collect();
        let found = StageOfCell::new(&stage, &experiment).paths(&option);
        found.into_iter().map(|path| path.steps.join(".")).collect()
    }

    #[test]
    fn options_of_stages_are_keys_of_the_file() {
        let map = "b · layer-cam · layer4";
        for (kind, label, option, keys) in [
            ("train", "b", "initial.scheme", &["init.1.scheme"][..]),
            ("train", "b", "training.1 warm.lr", &["training.stage.0.lr", "training.lr"]),
            ("train", "b", "training.2 fine.lr", &["training.stage.1.lr", "training.lr"]),
            ("train", "b", "training.batch", &["training.batch"]),
            ("train", "b", "architecture.backbone.resnet18.depths", &["backbone.resnet18.depths"]),
            ("train", "b", "architecture.classes", &["data.test"]),
            ("train", "b", "images.augment.flip", &["data.augment.flip"]),
            ("fuse", "mean", "members.0.weights.scheme", &["init.1.scheme"]),
            ("fuse", "mean", "members.1.architecture.head", &["head"]),
            ("fuse", "mean", "method.weight-average.weights", &["fusion.0.method.weight-average.weights"]),
            ("fuse", "mean", "images.set.input.size", &["data.input.size"]),
            ("map", map, "look.target", &["maps.1.target", "target"]),
            ("map", map, "look.refine.steps", &["maps.1.refine.steps"]),
            ("map", map, "method.layer-cam.x", &["maps.1.methods.1.layer-cam.x"]),
            ("map", map, "layers", &["maps.1.layers"]),
            ("map", map, "network.weights.scheme.orthogonal.gain", &["init.1.scheme.orthogonal.gain"]),
            ("map", map, "precision", &["precision"]),
            ("map", "b · other · layer4", "look.refine", &[]),
            ("evaluate", map, "preparation.interpolation", &["evaluation.interpolation"]),
            ("evaluate", map, "thresholds", &["evaluation.metrics"]),
            ("evaluate", map, "pseudo-boxes", &["evaluation.thresholds"]),
            ("threshold", map, "largest", &["evaluation.metrics"]),
            ("pseudo-boxes", "spectral-residual", "maps.baseline.method", &["evaluation.thresholds"]),
            ("analyse", map, "thresholds", &["prediction.thresholds"]),
            ("sanity", "b", "count", &["sanity.images"]),
            ("measure", map, "network.source.architecture.backbone", &["backbone"]),
            ("cluster", "b · mine", "cluster.k-means.k", &["chain.0.cluster.k-means.k"]),
            ("cluster", "b · mine", "channels.polynomial.degree", &["chain.0.polynomial.degree"]),
            ("cluster", "b · mine", "channels.images.sample.count", &["data.sample.count"]),
            ("cluster", "b · mine", "labelled.input.size", &["data.input.size"]),
            ("merge", "b · mine · layer4", "sub-maps.soft", &["chain.0.cluster.k-means.sub-maps.soft"]),
            ("supervise", "b · few · layer4", "training.lr", &["supervised.0.lr"]),
            ("supervise", "b · few · layer4", "head.box.beta", &["supervised.0.head.box.beta"]),
            ("supervised", "b · few · layer4", "activations.layer", &["supervised.0.layer"]),
            ("supervised", "b · few · layer4", "activations.precision", &["precision"]),
            ("features", "b · layer4", "activations.layer", &["supervised.0.layer"]),
            ("train", "b", "unheard-of", &[]),
        ] {
            assert_eq!(paths(kind, label, option), keys, "{kind} {option}");
        }
    }
}
