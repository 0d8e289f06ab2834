//! Words and tables of the section about a search.

use serde::Serialize;

use super::SearchFrames;
use crate::figure::Figure;
use crate::format;
use crate::plate::{Plate, plate};
use camlab_frame::{Direction, EstimateKind, SearchEstimateRow, TrialRow, TrialState};

/// Trials in the table.
const MOST_TRIALS: usize = 12;

/// The section about a search.
#[derive(Debug, Clone, Serialize)]
pub struct SearchSection {
    /// Method, trials, objective and budget in a few sentences.
    pub words: Vec<String>,
    /// Warning that the test images chose the point; empty otherwise.
    pub warning: String,
    /// Heading of the objective's values.
    pub objective: String,
    /// The best point on different images.
    pub estimates: Vec<EstimateLine>,
    /// Names of the searched keys.
    pub keys: Vec<String>,
    /// The best trials.
    pub trials: Vec<TrialLine>,
    /// Number of trials that are not listed.
    pub hidden: usize,
    /// Failed trials by their causes.
    pub failures: Vec<String>,
    /// Figures.
    pub figures: Vec<Plate>,
}

/// The objective on some images.
#[derive(Debug, Clone, Serialize)]
pub struct EstimateLine {
    /// Images.
    pub images: String,
    /// Value.
    pub value: String,
    /// Interval.
    pub interval: String,
    /// Value on the images that chose the point minus this one; empty for those images themselves.
    pub optimism: String,
    /// Number of images.
    pub count: u32,
}

/// A trial.
#[derive(Debug, Clone, Serialize)]
pub struct TrialLine {
    /// Number.
    pub trial: u32,
    /// Value.
    pub value: String,
    /// Epochs or images that it was evaluated with; empty without rungs.
    pub resource: String,
    /// Values of the keys.
    pub values: Vec<String>,
    /// `true` for the best one.
    pub best: bool,
}

/// The section about a search.
pub fn section(frames: &SearchFrames, figures: &[Figure]) -> SearchSection {
    let about = &frames.about;
    let mut keys: Vec<String> = Vec::new();
    for row in &frames.keys {
        if !keys.contains(&row.key) {
            keys.push(row.key.clone());
        }
    }
    let mut ranked: Vec<&TrialRow> = frames.trials.iter().filter(|trial| trial.value.is_some()).collect();
    let better = |a: &TrialRow, b: &TrialRow| {
        let rising = a.value.unwrap_or(f64::NAN).total_cmp(&b.value.unwrap_or(f64::NAN));
        if about.direction == Direction::Higher { rising.reverse() } else { rising }
    };
    let complete = |trial: &TrialRow| trial.state == TrialState::Complete;
    ranked.sort_by(|a, b| complete(b).cmp(&complete(a)).then(better(a, b)).then(a.trial.cmp(&b.trial)));
    let hidden = ranked.len().saturating_sub(MOST_TRIALS);
    let line = |trial: &TrialRow| {
        let value = |key: &String| {
            let row = frames.keys.iter().find(|row| row.trial == trial.trial && row.key == *key);
            row.map_or_else(|| format::MISSING.to_owned(), |row| row.value.trim_matches('"').to_owned())
        };
        TrialLine {
            trial: trial.trial,
            value: format::value(trial.value, &about.unit),
            resource: trial
                .resource
                .map_or_else(String::new, |resource| format!("{resource} {}", about.rungs)),
            values: keys.iter().map(value).collect(),
            best: trial.trial == about.best,
        }
    };
    let failed: Vec<&TrialRow> =
        frames.trials.iter().filter(|trial| trial.state == TrialState::Failed).collect();
    SearchSection {
        words: words(frames),
        warning: match about.split.as_str() {
            "test" => format!(
                "The test images have chosen the best of {} points, and the report evaluates it on the same images: its numbers \
                 are optimistic. Search on data.val to have them honest.",
                about.trials
            ),
            _ => String::new(),
        },
        objective: frames.objective(),
        estimates: estimates(frames),
        trials: ranked.iter().take(MOST_TRIALS).map(|trial| line(trial)).collect(),
        keys,
        hidden,
        failures: failed
            .iter()
            .take(5)
            .map(|trial| format!("trial {}: {}", trial.trial, trial.cause))
            .collect(),
        figures: figures.iter().map(plate).collect(),
    }
}

fn words(frames: &SearchFrames) -> Vec<String> {
    let about = &frames.about;
    let count = |state: TrialState| frames.trials.iter().filter(|trial| trial.state == state).count();
    let direction = if about.direction == Direction::Higher { "maximises" } else { "minimises" };
    let maps =
        if about.maps == 1 { "one map".to_owned() } else { format!("the mean of {} maps", about.maps) };
    let mut found = vec![format!(
        "The search ({}, {} trials in batches of {}, seed {}) {direction} {} of {maps} on {} of data.{}.",
        frames.method,
        about.trials,
        about.batch,
        about.seed,
        frames.metric,
        format::count(about.images as usize, "image"),
        about.split
    )];
    let boxes = if about.boxes == 1 { "1 box".to_owned() } else { format!("{} boxes", about.boxes) };
    found.push(format!(
        "Annotation budget used: {boxes}; as in wsolevaluation's protocol, a box that chooses between points counts once."
    ));
    let (left_out, failures) = (count(TrialState::LeftOut), count(TrialState::Failed));
    if left_out > 0 {
        found.push(format!(
            "{} left out at a rung; {} evaluated whole.",
            format::count(left_out, "trial"),
            count(TrialState::Complete)
        ));
    }
    if failures > 0 {
        found.push(format!("{} failed.", format::count(failures, "trial")));
    }
    found
}

fn estimates(frames: &SearchFrames) -> Vec<EstimateLine> {
    let unit = &frames.about.unit;
    let selected =
        frames.estimates.iter().find(|row| row.kind == EstimateKind::Selected).map(|row| row.value);
    let higher = frames.about.direction == Direction::Higher;
    let line = |row: &SearchEstimateRow| {
        let images = match row.kind {
            EstimateKind::Selected => {
                format!("best point, on the images of data.{} that chose it", row.split)
            }
            EstimateKind::Corrected => {
                format!(
                    "best point, on images of data.{} as if they had not chosen it (random halves)",
                    row.split
                )
            }
            EstimateKind::HeldOut => "best point, on the test images (held out)".to_owned(),
            EstimateKind::Reference => "the file's own values, on the test images".to_owned(),
        };
        let chosen = matches!(row.kind, EstimateKind::Corrected | EstimateKind::HeldOut);
        let optimism = selected.filter(|_| chosen).map(|selected| {
            let gap = if higher { selected - row.value } else { row.value - selected };
            format::signed(gap, Some(row.value), unit)
        });
        EstimateLine {
            images,
            value: format::value(Some(row.value), unit),
            interval: row
                .low
                .zip(row.high)
                .map_or_else(String::new, |ends| format::interval(ends, Some(row.value), unit)),
            optimism: optimism.unwrap_or_default(),
            count: row.images,
        }
    };
    frames.estimates.iter().map(line).collect()
}
