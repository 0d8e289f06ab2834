//! Classes of data sets that do not say which there are: as many as the checkpoints were trained for.

use std::collections::BTreeMap;
use std::sync::Arc;

use camlab_config::Experiment;
use camlab_data::{DatasetSpec, Remark};
use camlab_plan::{CheckpointFacts, DatasetFacts, Facts};
use camlab_stage::StageError;
use camlab_store::KnownSums;

/// Gives the test and validation images of experiments that train nothing the classes of their checkpoints, where the images
/// have no labels or labels that are numbers, and fewer classes. Experiments that disagree on a data set leave it as it is.
pub(super) fn adopt<'a>(
    experiments: impl Iterator<Item = &'a Experiment>,
    datasets: &mut BTreeMap<String, DatasetFacts>,
    checkpoints: &BTreeMap<String, CheckpointFacts>,
    sums: &KnownSums,
    look_at: impl Fn(&DatasetSpec) -> Result<DatasetFacts, StageError>,
) -> Result<(), StageError> {
    let mut wanted: BTreeMap<String, (DatasetSpec, Option<usize>)> = BTreeMap::new();
    for experiment in experiments {
        let count = match experiment.data.train {
            None => stored(experiment, checkpoints, sums),
            Some(_) => None,
        };
        for (_, spec) in experiment.data.sets() {
            let known = wanted.entry(Facts::name(spec)).or_insert_with(|| (spec.clone(), count));
            known.1 = known.1.filter(|known| Some(*known) == count);
        }
    }
    for (name, (written, count)) in wanted {
        let Some(own) = datasets.get(&name) else { continue };
        let numbers = own.classes.iter().enumerate().all(|(label, name)| *name == label.to_string());
        let Some(count) = count.filter(|count| own.classes.len() < *count && (!own.labels || numbers)) else {
            continue;
        };
        let Some(spec) = written.with_class_count(count) else { continue };
        let mut adopted = look_at(&spec)?;
        let text =
            format!("no class names: the {count} classes of the checkpoint count, named by their numbers");
        adopted.remarks.push(Remark { text, first: String::new() });
        // Stages name the data set as it is read, the file as it is written.
        datasets.insert(Facts::name(&spec), adopted.clone());
        adopted.written = Arc::new(written);
        datasets.insert(name, adopted);
    }
    Ok(())
}

/// Number of classes that the checkpoints of an experiment have, if they agree.
fn stored(
    experiment: &Experiment,
    checkpoints: &BTreeMap<String, CheckpointFacts>,
    sums: &KnownSums,
) -> Option<usize> {
    let graph = experiment.graph(1).ok()?;
    let head = graph.head()?;
    let mut found = None;
    for (_, scheme) in experiment.schemes() {
        // A network whose weights are drawn has any number of classes.
        let Some(options) = scheme.checkpoint() else { continue };
        if options.reference().is_some() {
            return None;
        }
        let known = checkpoints.get(options.checkpoint.as_str()).filter(|known| known.download.is_none())?;
        let layers = serde_json::json!([experiment.backbone, scheme.without_place(), head]);
        let key = format!("classes of {} {layers}", known.sha256);
        let count = match sums.recorded(&key) {
            Some(text) => text.parse().ok(),
            None => {
                let count = options.stored_classes(&known.file, &experiment.backbone, head);
                sums.record(&key, &count.map_or("none".to_owned(), |count| count.to_string()));
                count
            }
        };
        if found.is_some_and(|found| found != count) {
            return None;
        }
        found = Some(count);
    }
    found.flatten()
}
