//! Makes the rows about a search from its trials.

use camlab_config::Override;
use camlab_frame::{Direction, ImportanceRow, SearchRow, SearchScale, TrialKeyRow, TrialRow};
use camlab_plan::Search;
use camlab_search::{Domain, ImportanceReport, Trial, importance};

use super::estimates;
use super::objective::ObjectiveSample;
use super::record::{SearchRecord, SearchRows};
use super::state::SearchState;
use super::trial::SearchTrial;

/// The record of a search; `best` is the number of its best trial.
pub(super) fn record(search: &Search, state: &SearchState, best: usize) -> SearchRecord {
    let stages = state.stages().into_iter().collect();
    let complete: Vec<usize> =
        (0..state.trials.len()).filter(|trial| state.trials[*trial].is_complete()).collect();
    let samples: Vec<&ObjectiveSample> =
        complete.iter().filter_map(|trial| state.trials[*trial].sample.as_ref()).collect();
    let place = complete.iter().position(|trial| *trial == best).unwrap_or(0);
    let estimates = estimates::selected(search, &samples, place);
    let options = &search.table.options;
    let used = state.trials[best].sample.as_ref();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let halving = options.method.implementation().halving();
    let about = SearchRow {
        method: options.method.name().to_owned(),
        metric: search.measure.name.clone(),
        unit: search.measure.unit.to_string(),
        direction: if search.higher_is_better { Direction::Higher } else { Direction::Lower },
        split: search.split().name().to_owned(),
        maps: count(search.maps.len()),
        trials: count(state.trials.len()),
        batch: count(options.batch),
        seed: options.seed as i64,
        images: count(used.map_or(0, |sample| sample.images)),
        boxes: count(state.images.boxes),
        best: count(best),
        rungs: halving.map_or("", |halving| halving.by.name()).to_owned(),
    };
    let known: Vec<Trial> = state.trials.iter().map(SearchTrial::at_first).collect();
    let found = importance(&search.table.space, &known, options.seed);
    let importance = found.map_or_else(Vec::new, |found| importance_rows(search, &found));
    let frames = SearchRows {
        about,
        trials: trial_rows(search, state),
        keys: key_rows(search, state),
        importance,
        estimates,
        search: search.clone(),
    };
    SearchRecord { stages, frames: Some(frames) }
}

fn trial_rows(search: &Search, state: &SearchState) -> Vec<TrialRow> {
    let better = |a: f64, b: f64| if search.higher_is_better { a > b } else { a < b };
    let mut order: Vec<&SearchTrial> = state.trials.iter().collect();
    order.sort_by_key(|trial| trial.completed);
    let mut best: Option<f64> = None;
    let mut so_far = vec![None; state.trials.len()];
    for trial in order {
        if trial.is_complete() {
            let value = trial.value;
            best = match (best, value) {
                (Some(best), Some(value)) if !better(value, best) => Some(best),
                (_, value) => value,
            };
        }
        so_far[trial.number] = best;
    }
    let row = |trial: &SearchTrial| TrialRow {
        trial: trial.number as u32,
        batch: trial.batch as u32,
        rung: trial.rung.0 as u32,
        resource: trial.rung.1,
        state: trial.state,
        value: trial.value,
        best: so_far[trial.number],
        completed: trial.completed as u32,
        seconds: trial.seconds,
        cause: trial.cause.clone().unwrap_or_default(),
    };
    state.trials.iter().map(row).collect()
}

fn key_rows(search: &Search, state: &SearchState) -> Vec<TrialKeyRow> {
    let mut rows = Vec::new();
    for trial in &state.trials {
        let parameters = search.table.space.parameters().iter().zip(&trial.point);
        // Those without a value set no key.
        let set = parameters.filter_map(|(parameter, value)| Some((parameter, (*value)?)));
        for ((parameter, value), Override { value: written, .. }) in set.zip(&trial.overrides) {
            let (scale, low, high) = match parameter.domain {
                Domain::Real { low, high, log } => (scale(log), low, high),
                Domain::Whole { low, high, log } => (scale(log), low as f64, high as f64),
                Domain::Choice { count } => (SearchScale::Choice, 0.0, count as f64 - 1.0),
            };
            rows.push(TrialKeyRow {
                trial: trial.number as u32,
                key: parameter.name.to_string(),
                value: written.to_string(),
                number: value.number(),
                scale,
                low,
                high,
            });
        }
    }
    rows
}

fn scale(log: bool) -> SearchScale {
    if log { SearchScale::Logarithmic } else { SearchScale::Linear }
}

fn importance_rows(search: &Search, found: &ImportanceReport) -> Vec<ImportanceRow> {
    let parameters = search.table.space.parameters();
    let (trials, fit) = (found.trials as u32, found.fit);
    let mut rows: Vec<ImportanceRow> = found
        .keys
        .iter()
        .map(|key| ImportanceRow {
            key: parameters[key.parameter].name.to_string(),
            share: key.share,
            low: Some(key.low),
            high: Some(key.high),
            trials,
            fit,
        })
        .collect();
    rows.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.key.cmp(&b.key)));
    rows.push(ImportanceRow {
        key: String::new(),
        share: found.interactions,
        low: None,
        high: None,
        trials,
        fit,
    });
    rows
}
