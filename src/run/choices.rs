//! The images that choose what a result depends on: map thresholds, epochs, hyperparameters.

use super::search::record::SearchRecord;
use camlab_config::{Experiment, ObjectiveSplit};
use camlab_data::{DatasetPart, DatasetSpec, PartSide};
use camlab_frame::RunRow;
use camlab_nn::train::Keep;
use camlab_parts::metric::ThresholdSource;

/// A row for each thing that is chosen.
pub(super) fn rows(experiment: &Experiment, search: Option<&SearchRecord>) -> Vec<RunRow> {
    let row = |thing: &str, images: String| RunRow::new(format!("{}{thing}", RunRow::CHOICE), images);
    let mut rows = vec![row("map thresholds", thresholds(experiment))];
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

fn thresholds(experiment: &Experiment) -> String {
    let choices = experiment.threshold_choices();
    let words = choices.iter().map(|choice| match choice.choice().source() {
        ThresholdSource::PseudoBoxes if experiment.data.val.is_some() => {
            "pseudo-boxes of data.val".to_owned()
        }
        ThresholdSource::PseudoBoxes => "pseudo-boxes of data.test".to_owned(),
        _ => val(experiment),
    });
    words.chain(["data.test (oracle)".to_owned()]).collect::<Vec<_>>().join(", ")
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
