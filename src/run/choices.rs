//! The images that choose what a result depends on: map thresholds, epochs, hyperparameters.

use super::search::record::SearchRecord;
use camlab_config::{Experiment, ObjectiveSplit};
use camlab_data::{DatasetPart, DatasetSpec, PartSide};
use camlab_frame::RunRow;
use camlab_nn::train::Keep;
use camlab_parts::metric::{ThresholdSource, chosen_boxes};
use camlab_plan::Plan;
use camlab_stage::Work as _;
use camlab_stage::evaluate::Evaluate;

/// A row for each thing that is chosen.
pub(super) fn rows(plan: &Plan, experiment: &Experiment, search: Option<&SearchRecord>) -> Vec<RunRow> {
    let row = |thing: &str, images: String| RunRow::new(format!("{}{thing}", RunRow::CHOICE), images);
    let mut rows = Vec::new();
    rows.extend(thresholds(plan).map(|images| row("map thresholds", images)));
    rows.extend(epochs(experiment).map(|images| row("epochs", images)));
    if let Some(frames) = search.and_then(|search| search.frames.as_ref()) {
        let images = match frames.search.split() {
            ObjectiveSplit::Val => val(experiment),
            ObjectiveSplit::Test => "data.test, which also judges them".to_owned(),
        };
        rows.push(row("hyperparameters", images));
    }
    rows
}

/// The images that choose map thresholds; `None` if no metric depends on a chosen one.
fn thresholds(plan: &Plan) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for shown in plan.shown_of(Evaluate::KIND) {
        let experiment = &plan.cells[shown.cell].experiment;
        if chosen_boxes(&experiment.evaluation.metrics).is_empty() {
            continue;
        }
        let of = |source: ThresholdSource| match source {
            ThresholdSource::Oracle => "data.test (oracle)".to_owned(),
            ThresholdSource::Val => val(experiment),
            ThresholdSource::PseudoBoxes if experiment.data.val.is_some() => {
                "pseudo-boxes of data.val".to_owned()
            }
            ThresholdSource::PseudoBoxes => "pseudo-boxes of data.test".to_owned(),
        };
        let elsewhere = [ThresholdSource::Val, ThresholdSource::PseudoBoxes];
        let elsewhere = elsewhere.into_iter().filter(|source| shown.beside.contains_key(source.name()));
        let words = elsewhere.chain([ThresholdSource::Oracle]).map(of).collect::<Vec<_>>().join(", ");
        if !found.contains(&words) {
            found.push(words);
        }
    }
    (!found.is_empty()).then(|| found.join("; or, in other cells or for maps without such images, "))
}

/// `None` if nothing is trained.
fn epochs(experiment: &Experiment) -> Option<String> {
    let training = experiment.training.as_ref()?;
    let Some(validation) = &training.validation else {
        return Some("no images, the last epoch counts".to_owned());
    };
    let images = match (&experiment.data.val, validation.fraction) {
        (Some(_), _) => val(experiment),
        (None, fraction) => {
            let share = 100.0 * fraction.unwrap_or(Experiment::HELD_OUT);
            format!("{share} % of data.train, held out")
        }
    };
    let early = validation.patience.is_some();
    Some(match (training.keep, early) {
        (Keep::Best, true) => format!("{images} (the best epoch, early stopping)"),
        (Keep::Best, false) => format!("{images} (the best epoch)"),
        (Keep::Last, true) => format!("{images} (early stopping)"),
        (Keep::Last, false) => "no images, the last epoch counts".to_owned(),
    })
}

/// The validation images, and the split that they are a part of.
fn val(experiment: &Experiment) -> String {
    match experiment.data.validation() {
        Some(DatasetSpec::DatasetPart(DatasetPart { of, fraction, side: PartSide::HeldOut, .. })) => {
            let split = match &experiment.data.test {
                DatasetSpec::DatasetPart(rest) if rest.of == *of => "test",
                _ => "train",
            };
            format!("data.val ({} % of data.{split})", 100.0 * fraction)
        }
        _ => "data.val".to_owned(),
    }
}
