mod agreement;
mod backbone;
mod chain;
mod claims;
mod comparison;
mod data;
mod external;
mod fusion;
mod init_stages;
mod maps;
mod probabilities;
mod run;
mod supervised;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use camlab_config::tree::NOWHERE;
use camlab_config::{Diagnostic, Document, Experiment, path};
use camlab_nn::graph::Graph;
use camlab_nn::train::TrainError;
use camlab_parts::cam::CamSpec;

use super::BASELINE;
use super::claims::DeclaredMap;
pub(super) use claims::measured;
pub(super) use supervised::trains;

/// The last cell without mistakes: what the next one has in common with it is not checked again.
#[derive(Default)]
pub(super) struct CheckedCell {
    /// Its experiment.
    pub experiment: Option<Arc<Experiment>>,
    /// Its network's layers.
    graph: Option<Arc<Graph>>,
}

/// All errors of an experiment that involve more than one value.
///
/// `repaired` names the tables from which a mistake was taken out before the experiment was read: what else depends on
/// them is not reported. What `before` has in common with the experiment
/// is not checked again, since the cells of a sweep differ in a few keys.
pub(super) fn experiment(
    document: &Document,
    experiment: &Experiment,
    repaired: &BTreeSet<String>,
    before: &mut CheckedCell,
) -> Vec<Diagnostic> {
    let valid = before.experiment.clone();
    let valid = valid.as_deref();
    macro_rules! changed {
        ($($table:ident),+) => {
            valid.is_none_or(|valid| $( valid.$table != experiment.$table )||+)
        };
    }
    let known = before.graph.clone().filter(|_| !changed!(backbone, head));
    let graph = match known {
        Some(graph) => Ok(graph),
        None => experiment.graph(CLASSES_FOR_CHECKS).map(Arc::new),
    };
    let mut check = Check { document, repaired, graph: graph.as_ref().ok().cloned(), found: Vec::new() };
    if changed!(name, init, external) {
        check.names(experiment);
    }
    if changed!(fusion, init, data, training, maps, target) {
        check.fusions(experiment);
    }
    if changed!(seeds, evaluation) {
        check.numbers(experiment);
    }
    if changed!(data, training) {
        check.data(experiment);
    }
    if changed!(training, probabilities, backbone, head, init, fusion, data) {
        check.training(experiment);
    }
    if changed!(run) {
        check.run(experiment);
    }
    if changed!(external, init, fusion, maps, chain, baselines, target, data) {
        check.externals(experiment);
    }
    if changed!(supervised, external, init, fusion, maps, data, target) {
        check.supervised(experiment);
    }
    if changed!(baselines) {
        check.baselines(&experiment.baselines);
    }
    let shown =
        changed!(init, fusion, maps, chain, external, supervised, baselines, target, data, evaluation);
    if shown || changed!(prediction, claim, agreement, sanity, training) {
        let made = made(experiment);
        check.comparison(experiment, &made);
        check.agreements(experiment, &made);
    }
    if changed!(backbone, head, init, fusion, maps, target, data, chain, supervised, seeds) {
        match graph {
            Ok(graph) => {
                check.input_size(experiment);
                check.input_channels(&graph);
                check.inits(experiment, &graph);
                check.maps(experiment, &graph);
                check.chains(experiment, &graph);
                check.supervised_layers(experiment, &graph);
            }
            Err(error) => check.backbone(&error),
        }
    }
    if check.found.is_empty() && repaired.is_empty() {
        before.graph = check.graph;
    }
    check.found
}

/// The names of all maps that the experiment makes.
pub(super) fn made(experiment: &Experiment) -> Vec<DeclaredMap> {
    let mut all = Vec::new();
    for network in networks(experiment) {
        for group in experiment.maps.iter().filter(|group| group.is_of(&network)) {
            for method in &group.methods {
                let look = group.look(method, &experiment.target);
                let made = |layers: Vec<String>| DeclaredMap {
                    network: network.clone(),
                    method: look.title(method, &experiment.target),
                    layer: layers.join("+"),
                };
                all.extend(group.layers_of(&look).into_iter().map(made));
            }
        }
    }
    let lone = experiment.fusion.iter().filter(|fusion| fusion.method.ensemble().is_none());
    let lone = experiment.init.iter().map(|init| &init.name).chain(lone.map(|fusion| &fusion.name));
    for network in lone {
        for chain in &experiment.chain {
            let layer = chain.layers.join("+");
            for method in [chain.polynomial_name(), chain.name.clone()] {
                all.push(DeclaredMap { network: network.clone(), method, layer: layer.clone() });
            }
        }
    }
    for external in &experiment.external {
        let (network, method) = (external.network_name().to_owned(), external.name.clone());
        all.push(DeclaredMap { network, method, layer: "-".to_owned() });
    }
    let single = experiment.networks();
    for supervised in &experiment.supervised {
        let Some(network) = supervised.network_of(&single) else { continue };
        let (method, layer) = (supervised.name.clone(), supervised.layer.clone());
        all.push(DeclaredMap { network: network.to_owned(), method, layer });
    }
    for baseline in super::builder::baselines(experiment) {
        let (network, method) = (BASELINE.to_owned(), baseline.name().to_owned());
        all.push(DeclaredMap { network, method, layer: "-".to_owned() });
    }
    all
}

/// The names of all networks and ensembles that maps are made with.
fn networks(experiment: &Experiment) -> Vec<String> {
    let inits = experiment.init.iter().map(|init| init.name.clone());
    inits.chain(experiment.fusion.iter().map(|fusion| fusion.name.clone())).collect()
}

/// Any number of classes: the layers of a backbone do not depend on it, and only the data set knows it.
const CLASSES_FOR_CHECKS: usize = 2;

/// `true` if a name can be used in paths and tables.
fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('.')
}

/// Remedy for a name that is not plain.
const PLAIN: &str = "use 1 to 100 letters, digits, `-`, `_` or `.`, not starting with `.`";

/// Bytes of a name: two of them and a prefix make a figure's file name, which file systems keep below 256 bytes.
const LONGEST_NAME: usize = 100;

/// Tables that the checks of a table rely on.
const RELIES: &[(&str, &[&str])] = &[
    ("agreement", &["baselines", "chain", "external", "fusion", "init", "maps", "supervised"]),
    ("backbone", &["head"]),
    ("chain", &["backbone", "data", "head"]),
    ("claim", &["baselines", "chain", "evaluation", "external", "fusion", "init", "maps", "supervised"]),
    ("data", &["backbone", "fusion", "head", "init", "maps", "target", "training"]),
    ("evaluation", &["chain", "maps"]),
    ("external", &["data", "fusion", "init", "target"]),
    ("fusion", &["backbone", "data", "init", "maps", "target", "training"]),
    ("init", &["backbone", "head", "training"]),
    ("maps", &["backbone", "data", "fusion", "head", "init"]),
    ("prediction", &["maps"]),
    ("sanity", &["baselines", "init", "maps", "training"]),
    ("supervised", &["backbone", "data", "external", "fusion", "head", "init", "maps", "target"]),
    ("target", &["data", "maps"]),
    ("training", &["backbone", "data", "fusion", "init"]),
];

struct Check<'a> {
    document: &'a Document,
    repaired: &'a BTreeSet<String>,
    /// The network's layers; `None` if the backbone is invalid.
    graph: Option<Arc<Graph>>,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    fn at(&mut self, path: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let span = self.document.span(path);
        let table = path.split('.').next().unwrap_or(path);
        let relies = RELIES.iter().filter(|(name, _)| *name == table).flat_map(|(_, others)| *others);
        let written = || path::get(&self.document.root, &path::segments(path)).is_some();
        let follows = relies.into_iter().any(|other| self.repaired.contains(*other))
            || (self.repaired.contains(table) && (path == table || !written()));
        if !follows && span != Some(NOWHERE) {
            self.found.push(Diagnostic::at(span, message, remedy));
        }
    }

    fn require(&mut self, holds: bool, path: &str, message: impl Into<String>, remedy: &str) {
        if !holds {
            self.at(path, message, remedy);
        }
    }

    fn names(&mut self, experiment: &Experiment) {
        self.require(
            is_plain(&experiment.name),
            "name",
            format!("`{}` cannot be used as the name of the report folder", experiment.name),
            PLAIN,
        );
        self.require(
            !experiment.init.is_empty() || !experiment.external.is_empty(),
            "init",
            "the experiment has no [[init]]",
            "add an [[init]] with name and scheme, or maps of another program by [[external]]",
        );
        let mut seen = HashSet::new();
        for (index, init) in experiment.init.iter().enumerate() {
            let path = format!("init.{index}.name");
            self.network_name(&init.name, &path);
            self.require(
                seen.insert(&init.name),
                &path,
                format!("two initialisations have the name `{}`", init.name),
                "give every [[init]] a different name",
            );
        }
    }

    fn numbers(&mut self, experiment: &Experiment) {
        let seeds = &experiment.seeds;
        self.require(!seeds.is_empty(), "seeds", "`seeds` is empty", "write seeds = [0]");
        let distinct: HashSet<_> = seeds.iter().collect();
        self.require(
            distinct.len() == seeds.len(),
            "seeds",
            "a seed is listed twice",
            "list every seed once",
        );
        // Frames hold seeds as 64-bit signed integers, as TOML does.
        self.require(
            seeds.iter().all(|seed| i64::try_from(*seed).is_ok()),
            "seeds",
            "a seed is larger than 9223372036854775807",
            "choose smaller seeds",
        );

        let evaluation = &experiment.evaluation;
        self.require(
            !evaluation.metrics.is_empty(),
            "evaluation.metrics",
            "`evaluation.metrics` is empty",
            "list at least one metric, or remove the key to use the standard set",
        );
        let mut metrics = HashSet::new();
        for (index, metric) in evaluation.metrics.iter().enumerate() {
            let path = format!("evaluation.metrics.{index}");
            // One metric may stand there with several options, which are in the names of its measures.
            for measure in metric.metric().measures() {
                if !metrics.insert(measure.name.clone()) {
                    let message = format!("metric `{}` is listed twice", measure.name);
                    self.at(&path, message, "list every metric once, or with other options");
                    break;
                }
            }
        }
    }

    fn training(&mut self, experiment: &Experiment) {
        if let Some(training) = &experiment.training {
            let training = training.resolved();
            let graph = self.graph.clone();
            let names = || match graph {
                Some(graph) => {
                    training.check_names(&graph.parameters()).and_then(|()| training.check_layers(&graph))
                }
                // Reported by `experiment`.
                None => Ok(()),
            };
            if let Err(error) = training.check().and_then(|()| names()) {
                let key = self.training_key(&error);
                self.at(&key, error.to_string(), "");
            }
        }
        self.probabilities(experiment);
        self.init_stages(experiment);
        let mut any_trained = false;
        for (index, init) in experiment.init.iter().enumerate() {
            let pretrained = init.scheme.checkpoint().is_some();
            let path = format!("init.{index}");
            match (init.train, &experiment.training) {
                (Some(true), None) => self.at(
                    &format!("{path}.train"),
                    format!("`{}` has train = true, but there is no [training]", init.name),
                    "add a [training] table",
                ),
                (None, None) if !pretrained => self.at(
                    &format!("{path}.scheme"),
                    format!("`{}` has random parameters and is not trained", init.name),
                    "add a [training] table, or write train = false to compare an untrained network",
                ),
                _ => {}
            }
            any_trained |= init.train.unwrap_or(experiment.training.is_some());
        }
        any_trained |= experiment.fusion.iter().any(|fusion| fusion.method.student().is_some());
        if any_trained && experiment.training.is_some() && experiment.data.train.is_none() {
            self.at(
                "data.train",
                "networks are trained, but `data.train` is missing",
                "add train = { ... } to [data]",
            );
        }
        if !any_trained && experiment.training.is_some() {
            self.at(
                "training",
                "[training] has no effect: every [[init]] has train = false",
                "remove [training], or write train = true in an [[init]]",
            );
        }
    }

    fn inits(&mut self, experiment: &Experiment, graph: &Graph) {
        for (place, scheme) in experiment.schemes() {
            if let Err(fault) = scheme.check(graph) {
                self.at(&format!("{place}.{}", fault.option), fault.message, fault.remedy);
            }
        }
    }

    /// Path of the value that a training error is about: in its stage if written there, else in `[training]`, from
    /// which the stage inherits it.
    fn training_key(&self, error: &TrainError) -> String {
        match error {
            TrainError::Stage { index, source, .. } => {
                let inherited = self.training_key(source);
                let own = inherited.replacen("training", &format!("training.stage.{index}"), 1);
                let written = path::get(&self.document.root, &path::segments(&own)).is_some();
                if written { own } else { inherited }
            }
            TrainError::StageName { index, .. } => format!("training.stage.{index}.name"),
            TrainError::Option { option, .. }
            | TrainError::Pattern { option, .. }
            | TrainError::OneLabel { option, .. } => {
                format!("training.{option}")
            }
            TrainError::Layer { index, .. } => format!("training.method.adl.layers.{index}"),
            TrainError::DropoutLayer { index: Some(index), .. } => format!("training.dropout.layers.{index}"),
            TrainError::DropoutLayer { index: None, .. } => "training.dropout".into(),
            TrainError::NothingTrains { .. } => "training.train".into(),
            TrainError::KeepsBestOfNothing => "training.keep".into(),
            TrainError::AveragesOneLabel | TrainError::Top1OfSets => "training.validation.metric".into(),
            _ => "training".into(),
        }
    }

    fn baselines(&mut self, baselines: &[CamSpec]) {
        let mut seen = HashSet::new();
        for (index, baseline) in baselines.iter().enumerate() {
            let path = format!("baselines.{index}");
            let name = baseline.name();
            self.require(
                baseline.baseline().is_some(),
                &path,
                format!("`{name}` is a CAM method, not a baseline"),
                "list it under [[maps]] methods, with its layers",
            );
            self.require(
                seen.insert(name),
                &path,
                format!("baseline `{name}` is listed twice"),
                "list it once",
            );
            self.refused(&path, baseline);
        }
    }
}
