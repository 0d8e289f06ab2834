//! Checks of an experiment against its data sets and checkpoints, before anything runs.

mod external;
mod referred;
mod several_labels;
mod supervised;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use camlab_config::{
    CandidateClasses, Diagnostic, Document, Experiment, Invalid, Labels, Overlap, Sources, Target,
    TargetClasses,
};
use camlab_explain::target::class_of;
use camlab_nn::Network;
use camlab_nn::checkpoint::CheckpointError;
use camlab_parts::init::{InitError, InitSpec};
use camlab_parts::metric::TruthKind;
use camlab_plan::{Cell, DatasetFacts, Facts, documents_of};
use camlab_store::{KnownSums, Store};

/// Limit on the mistakes that are told: the cells of a sweep can have one each.
const MOST_LOG_LINES_IN_ERROR: usize = 50;

/// One mistake, in the file's words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Fault {
    /// Dotted path of the value.
    path: String,
    message: String,
    remedy: String,
}

/// Checks the cells against their data sets and checkpoints. A checkpoint that fits is not read again.
///
/// # Errors
/// [`Invalid`] with every mistake at its place in the file, or in that of an experiment that is referred to: classes that differ between splits, images that two splits
/// have in common, metrics whose ground truth is missing, a sample, a target class or a number of clusters or of
/// candidate classes that the data cannot give, a checkpoint that does not fit the network.
pub fn verify(document: &Document, cells: &[Cell], facts: &Facts, store: &Store) -> Result<(), Invalid> {
    let mut verification =
        Verification { facts, sums: KnownSums::of(store), found: Vec::new(), fits: HashMap::new() };
    let mut first: HashMap<Fault, usize> = HashMap::new();
    let mut order = Vec::new();
    let mut last = None;
    for cell in cells.iter().filter(|cell| last.replace(cell.index) != Some(cell.index)) {
        verification.experiment(&cell.experiment);
        for fault in verification.found.drain(..) {
            if let Entry::Vacant(free) = first.entry(fault.clone()) {
                free.insert(cell.index);
                order.push(fault);
            }
        }
    }
    let others = verification.others(cells);
    if order.is_empty() && others.is_empty() {
        return Ok(());
    }
    order.truncate(MOST_LOG_LINES_IN_ERROR);
    let documents = documents_of(document, &order.iter().map(|fault| first[fault]).collect())?;
    let mut diagnostics = others;
    for fault in order {
        let own = documents.get(&first[&fault]).unwrap_or(document);
        diagnostics.push(Diagnostic::at(own.span(&fault.path), fault.message, fault.remedy));
    }
    Err(Invalid::new(Sources::clone(&document.sources), diagnostics))
}

struct Verification<'a> {
    facts: &'a Facts,
    sums: KnownSums,
    found: Vec<Fault>,
    /// Checkpoints that were compared with a network, by everything that counts, and what is wrong with them.
    fits: HashMap<String, Option<(String, String)>>,
}

impl Verification<'_> {
    fn at(&mut self, path: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.found.push(Fault { path: path.to_owned(), message: message.into(), remedy: remedy.into() });
    }

    fn experiment(&mut self, experiment: &Experiment) {
        let Some(test) = self.facts.dataset(&experiment.data.test) else { return };
        self.splits(experiment);
        self.unlabelled(experiment);
        self.several_labels(experiment, test);
        self.sample(experiment, test);
        self.metrics(experiment, test);
        self.thresholds(experiment);
        self.targets(experiment, test);
        self.clusters(experiment, test);
        self.labelled(experiment, test);
        self.candidates(experiment, test);
        self.externals(experiment, test);
        self.supervised(experiment);
        self.weights(experiment, test);
    }

    /// Checks an experiment that is referred to: only its data and the weights of its networks count.
    fn networks(&mut self, experiment: &Experiment) {
        let Some(test) = self.facts.dataset(&experiment.data.test) else { return };
        self.splits(experiment);
        self.weights(experiment, test);
    }

    /// Checkpoints, and networks of other experiments.
    fn weights(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        for (place, scheme) in experiment.schemes() {
            self.checkpoint(experiment, test, &place, scheme);
            self.referred(experiment, test, &place, scheme);
        }
    }

    /// Classes and images of the splits.
    fn splits(&mut self, experiment: &Experiment) {
        let facts = self.facts;
        let sets: Vec<(&str, &DatasetFacts)> =
            experiment.data.sets().filter_map(|(key, spec)| Some((key, facts.dataset(spec)?))).collect();
        for (place, (key, one)) in sets.iter().enumerate() {
            for (other_key, other) in &sets[place + 1..] {
                if *other_key == "data.test"
                    && let Some(message) = one.class_difference(key, other)
                {
                    let remedy = "a network needs the same classes in the same order; `classes` of a folder lists them";
                    self.at(key, message, remedy);
                }
                let shared = facts.overlaps.get(&(one.digest.clone(), other.digest.clone()));
                let Some(shared) = shared.filter(|shared| shared.count > 0) else { continue };
                if experiment.data.overlap == Overlap::Allow {
                    continue;
                }
                let named = |(one, other): &(String, String)| match one == other {
                    true => format!("`{one}`"),
                    false => format!("`{one}` (`{other}` there)"),
                };
                let names: Vec<String> = shared.first.iter().map(named).collect();
                let more = if shared.count > names.len() { ", ..." } else { "" };
                let message = format!(
                    "{} of {} images of `{key}` are in `{other_key}` as well: {}{more}",
                    shared.count,
                    one.distinct(),
                    names.join(", ")
                );
                let remedy = "choose other images, or write overlap = \"allow\" in [data]; the report then counts them";
                self.at(key, message, remedy);
            }
        }
    }

    /// Images without labels, where something reads labels.
    fn unlabelled(&mut self, experiment: &Experiment) {
        let facts = self.facts;
        let hidden = experiment.data.labels == Labels::Unknown;
        for (key, spec) in experiment.data.sets() {
            let labelled = facts.dataset(spec).is_none_or(|set| set.labels);
            if labelled || (key == "data.test" && hidden) {
                continue;
            }
            let message = format!("the images of `{key}` have no labels: they are in no class folder");
            let remedy = "sort them into a folder per class, or name a CSV of labels with `labels`";
            match key {
                "data.test" => {
                    let remedy = format!(
                        "write labels = \"unknown\" in [data] and target = \"predicted\" at the top of the file; or \
                         {remedy}"
                    );
                    self.at(key, message, remedy);
                }
                _ => self.at(key, message, remedy),
            }
        }
    }

    fn sample(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        let Some(sample) = &experiment.data.sample else { return };
        let images = test.distinct();
        if sample.count > images {
            let message = format!("`count` = {} is more than the {images} test images", sample.count);
            self.at("data.sample.count", message, format!("write at most {images}"));
        }
    }

    /// Ground truth of the metrics that the file lists.
    fn metrics(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        for (index, metric) in experiment.evaluation.metrics.iter().enumerate() {
            let measures = metric.metric().measures();
            let needs = |kind: TruthKind| measures.iter().all(|measure| measure.truth == kind);
            let (missing, add) = match (needs(TruthKind::Boxes), needs(TruthKind::Masks)) {
                _ if needs(TruthKind::Labels) && !test.labels => ("labels", "labels = ..."),
                (true, _) if !test.boxes => ("boxes", "boxes = ..."),
                (_, true) if !test.masks && !test.boxes => ("masks or boxes", "masks = ..."),
                _ => continue,
            };
            // The standard metrics are computed as far as the ground truth goes.
            let standard = experiment.evaluation.metrics == camlab_parts::metric::MetricSpec::standard();
            if !standard {
                let message = format!("`{}` needs {missing}, which `data.test` does not have", metric.name());
                let remedy = format!("remove the metric, or add {add} to the data set");
                self.at(&format!("evaluation.metrics.{index}"), message, remedy);
            }
        }
    }

    /// True boxes of the images that choose thresholds, where the file says that they do.
    fn thresholds(&mut self, experiment: &Experiment) {
        let Some(val) = experiment.data.validation().and_then(|val| self.facts.dataset(val)) else { return };
        for (index, choice) in experiment.evaluation.thresholds.iter().flatten().enumerate() {
            if choice.choice().saliency().is_none() && !val.boxes {
                let message = format!("`{}` needs boxes, which `data.val` does not have", choice.name());
                let remedy = "add boxes = ... to the data set, or use \"pseudo-boxes\"";
                self.at(&format!("evaluation.thresholds.{index}"), message, remedy);
            }
        }
    }

    fn targets(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        self.target("target", &experiment.target, test);
        for (index, group) in experiment.maps.iter().enumerate() {
            if let Some(target) = &group.target {
                self.target(&format!("maps.{index}.target"), target, test);
            }
        }
    }

    fn target(&mut self, path: &str, target: &Target, test: &DatasetFacts) {
        match target.choice().classes() {
            TargetClasses::Named(name) => {
                if let Err(error) = class_of(name, &test.classes) {
                    self.at(path, error.to_string(), "");
                }
            }
            TargetClasses::Ranked { count: Some(count), key, .. } if count.get() > test.classes.len() => {
                let classes = test.classes.len();
                let message = format!("`{key}` = {count} is more than the {classes} classes of `data.test`");
                self.at(path, message, format!("write at most {classes}"));
            }
            _ => {}
        }
    }

    /// Number of candidate classes of the prediction analysis.
    fn candidates(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        let Some(prediction) = &experiment.prediction else { return };
        if let CandidateClasses::MostProbable(count) = prediction.classes
            && count > test.classes.len()
        {
            let classes = test.classes.len();
            let message = format!("`classes` = {count} is more than the {classes} classes of `data.test`");
            let fewest = CandidateClasses::FEWEST;
            let remedy = format!("write classes = \"all\", or a number from {fewest} to {classes}");
            self.at("prediction.classes", message, remedy);
        }
    }

    /// Numbers of clusters against the pixel vectors that there are.
    fn clusters(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        if experiment.chain.is_empty() {
            return;
        }
        let images =
            experiment.data.sample.as_ref().map_or(test.images, |sample| sample.count.min(test.images));
        // Validation images that choose thresholds are clustered as well.
        let val = experiment.data.validation().filter(|_| !experiment.threshold_choices().is_empty());
        let val = val.and_then(|val| self.facts.dataset(val)).map_or(usize::MAX, |val| val.images);
        let images = images.min(val);
        let Ok(graph) = experiment.graph(test.classes.len()) else { return };
        let size = experiment.data.input.size;
        for (index, chain) in experiment.chain.iter().enumerate() {
            let grids = chain.layers.iter().filter_map(|layer| {
                let node = graph.tap(layer).ok()?;
                graph.grid(node, size.height, size.width).ok()
            });
            let finest = grids.map(|(height, width)| height * width).max().unwrap_or(0);
            let vectors = finest * images;
            if let Some(k) = chain.cluster.k().filter(|k| finest > 0 && *k > vectors) {
                let path = format!("chain.{index}.cluster.{}.k", chain.cluster.name());
                let message = format!(
                    "`k` = {k} is more than the {vectors} pixel vectors ({images} images, {finest} each)"
                );
                self.at(
                    &path,
                    message,
                    format!("write at most {vectors}, or use more images or an earlier layer"),
                );
            }
        }
    }

    /// Images whose labels a clustering reads: none of them may be evaluated, whatever `data.overlap` says.
    fn labelled(&mut self, experiment: &Experiment, test: &DatasetFacts) {
        let facts = self.facts;
        for (index, chain) in experiment.chain.iter().enumerate() {
            let Some(labelled) = chain.cluster.labelled() else { continue };
            let key = labelled.split.key();
            let mut sets = experiment.data.sets();
            let own = sets.find(|(name, _)| *name == key).and_then(|(_, spec)| facts.dataset(spec));
            let Some(own) = own else { continue };
            let shared = facts.overlaps.get(&(own.digest.clone(), test.digest.clone()));
            let count = if own.digest == test.digest { own.images } else { shared.map_or(0, |s| s.count) };
            // Without `allow`, the common images are an error of their own.
            if count > 0 && experiment.data.overlap == Overlap::Allow {
                let path = format!("chain.{index}.cluster");
                let message = format!(
                    "`{}` reads labels of images of `{key}`, and {count} of them are evaluated as well",
                    chain.cluster.name()
                );
                self.at(
                    &path,
                    message,
                    "take the labelled images from another split, or remove the common images",
                );
            }
        }
    }

    /// A checkpoint against the network that it is loaded into.
    fn checkpoint(&mut self, experiment: &Experiment, test: &DatasetFacts, place: &str, scheme: &InitSpec) {
        let Some(options) = scheme.checkpoint().filter(|options| options.reference().is_none()) else {
            return;
        };
        let Some(known) = self.facts.checkpoints.get(options.checkpoint.as_str()) else { return };
        if known.download.is_some() {
            return;
        }
        let classes = test.classes.len();
        let layers =
            serde_json::json!([experiment.backbone, experiment.head, classes, scheme.without_place()]);
        let key = format!("checkpoint fits {} {layers}", known.sha256);
        if !self.fits.contains_key(&key) {
            let tried = match self.sums.recorded(&key) {
                Some(_) => Ok(()),
                None => fits(experiment, classes, scheme, &known.file),
            };
            if tried.is_ok() {
                self.sums.record(&key, "fits");
            }
            self.fits.insert(key.clone(), tried.err());
        }
        if let Some(Some(message)) = self.fits.get(&key) {
            let path = format!("{place}.{}.checkpoint", scheme.name());
            let (message, remedy) = message.clone();
            self.at(&path, message, remedy);
        }
    }
}

/// Loads a checkpoint as a run would; an error is a message and a remedy, which may be empty.
fn fits(
    experiment: &Experiment,
    classes: usize,
    scheme: &InitSpec,
    file: &Path,
) -> Result<(), (String, String)> {
    let graph = experiment.graph(classes).map_err(|error| (error.to_string(), String::new()))?;
    let mut network = Network::new(graph);
    scheme.apply_from(&mut network, 0, Some(file)).map_err(|error| {
        let remedy = match &error {
            InitError::Checkpoint(CheckpointError::Classes { stored, wanted, .. }) if stored > wanted => format!(
                "if the images have some of the network's classes, or no labels: write classes = {stored} in the data \
                 set, or name a file with the {stored} names, classes = \"synset_words.txt\""
            ),
            _ => String::new(),
        };
        (error.to_string(), remedy)
    })
}
