//! Networks of other experiments against those that they are the initial weights of.

use super::Verification;
use camlab_config::{Diagnostic, Experiment, OtherExperiment, Overlap};
use camlab_nn::Network;
use camlab_parts::init::{InitSpec, PretrainedOptions};
use camlab_plan::{Cell, DatasetFacts};

impl Verification<'_> {
    /// The mistakes of the experiments that the cells refer to, at their places in their files.
    pub(super) fn others(&mut self, cells: &[Cell]) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut seen = Vec::new();
        let mut last = None;
        for cell in cells.iter().filter(|cell| last.replace(cell.index) != Some(cell.index)) {
            for other in cell.experiment.others.all() {
                if seen.contains(&other.document.identity()) {
                    continue;
                }
                seen.push(other.document.identity());
                self.networks(&other.experiment);
                let own = &other.document;
                diagnostics.extend(self.found.drain(..).map(|fault| {
                    let found = Diagnostic::at(own.span(&fault.path), fault.message, fault.remedy);
                    found.in_other(&own.sources)
                }));
            }
        }
        diagnostics
    }

    /// The network that a scheme refers to: its parameters fit, and it was trained with none of the test images.
    pub(super) fn referred(
        &mut self,
        experiment: &Experiment,
        test: &DatasetFacts,
        place: &str,
        scheme: &InitSpec,
    ) {
        let Some(options) = scheme.checkpoint() else { return };
        let Some(referred) = options.reference() else { return };
        let Some(other) = experiment.others.get(referred.experiment.as_str()) else { return };
        let path = format!("{place}.{}.experiment", scheme.name());
        let source = format!("{} of {}", referred.network, other.file().display());
        let facts = self.facts;
        let its = &other.experiment;
        let Some(its_test) = facts.dataset(&its.data.test) else { return };
        let [own_classes, its_classes] = [&test.classes, &its_test.classes].map(Vec::len);
        let layers = |experiment: &Experiment, classes: usize| {
            serde_json::json!([experiment.backbone, experiment.head, classes])
        };
        let (own, its_own) = (layers(experiment, own_classes), layers(its, its_classes));
        let key = format!("{source} {its_own} fits {own} {}", serde_json::json!(scheme.without_place()));
        if !self.fits.contains_key(&key) {
            let tried = fits(options, [(experiment, own_classes), (its, its_classes)], &source);
            self.fits.insert(key.clone(), tried.err().map(|message| (message, String::new())));
        }
        if let Some(Some((message, remedy))) = self.fits.get(&key).cloned() {
            self.at(&path, message, remedy);
        }
        for other in std::iter::once(other).chain(other.experiment.others.all()) {
            self.seen_in_pretraining(experiment, test, &path, other);
        }
    }

    fn seen_in_pretraining(
        &mut self,
        experiment: &Experiment,
        test: &DatasetFacts,
        path: &str,
        other: &OtherExperiment,
    ) {
        let facts = self.facts;
        let train = other.experiment.data.train.as_ref().and_then(|train| facts.dataset(train));
        let Some(train) = train.filter(|_| experiment.data.overlap != Overlap::Allow) else { return };
        let shared = facts.overlaps.get(&(train.digest.clone(), test.digest.clone()));
        if let Some(shared) = shared.filter(|shared| shared.count > 0) {
            let message = format!(
                "{} of the {} training images of `{}` are in `data.test`",
                shared.count,
                train.distinct(),
                other.file().display()
            );
            let remedy = "train that network on other images, or write overlap = \"allow\" in [data]";
            self.at(path, message, remedy);
        }
    }
}

/// Compares the parameters of the second experiment's network with those of the first one's, each with its number of
/// classes.
fn fits(
    options: &PretrainedOptions,
    experiments: [(&Experiment, usize); 2],
    source: &str,
) -> Result<(), String> {
    let network = |(experiment, classes): (&Experiment, usize)| {
        experiment.graph(classes).map(Network::new).map_err(|error| error.to_string())
    };
    let [own, its] = experiments;
    let mut own = network(own)?;
    options.try_network(&mut own, &network(its)?, source).map_err(|error| error.to_string())
}
