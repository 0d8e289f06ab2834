use camlab_config::Override;
use camlab_frame::TrialState;
use camlab_plan::Search;
use camlab_search::{SearchPoint, Trial, TrialOutcome};

use super::objective::ObjectiveSample;

/// A trial of a search that runs.
pub(super) struct SearchTrial {
    pub number: usize,
    /// Batch that it was proposed in.
    pub batch: usize,
    pub point: SearchPoint,
    /// The keys that it sets.
    pub overrides: Vec<Override>,
    /// The last rung that it reached, and its epochs or images.
    pub rung: (usize, Option<u64>),
    pub state: TrialState,
    /// Objective, as the metric has it.
    pub value: Option<f64>,
    /// Objective at the first rung.
    pub first: Option<f64>,
    /// Position in the order of the last results.
    pub completed: usize,
    /// Objective of each image, for estimates of the search's optimism.
    pub sample: Option<ObjectiveSample>,
    /// Seconds that its stages took, those of earlier trials left out.
    pub seconds: f64,
    /// Cause of a failure.
    pub cause: Option<String>,
    /// `true` if a smaller value is better.
    lower_is_better: bool,
    pending: bool,
}

impl SearchTrial {
    pub fn new(number: usize, batch: usize, point: SearchPoint, search: &Search) -> Self {
        Self {
            number,
            batch,
            overrides: search.table.overrides(&point),
            point,
            rung: (0, None),
            state: TrialState::Complete,
            value: None,
            first: None,
            completed: 0,
            sample: None,
            seconds: 0.0,
            cause: None,
            lower_is_better: !search.higher_is_better,
            pending: true,
        }
    }

    /// Takes the result of the trial at its rung.
    pub fn take(&mut self, found: Result<ObjectiveSample, String>, search: &Search) {
        self.pending = false;
        let found = found.and_then(|sample| {
            let value = sample.value(None).filter(|value| value.is_finite());
            let name = &search.measure.name;
            let value =
                value.ok_or_else(|| format!("no image has a value of {name}, or it is not finite"))?;
            Ok((value, sample))
        });
        match found {
            Ok((value, sample)) => {
                (self.value, self.sample) = (Some(value), Some(sample));
                self.first.get_or_insert(value);
            }
            Err(cause) => {
                (self.state, self.cause, self.sample) = (TrialState::Failed, Some(cause), None);
            }
        }
    }

    /// Leaves it out at its rung.
    pub fn leave_out(&mut self) {
        if self.state == TrialState::Complete {
            self.state = TrialState::LeftOut;
        }
        self.sample = None;
    }

    /// `true` if it was evaluated whole.
    pub fn is_complete(&self) -> bool {
        !self.pending && self.state == TrialState::Complete && self.value.is_some()
    }

    /// The result as a loss: smaller is better.
    pub fn outcome(&self) -> TrialOutcome {
        match (self.pending, self.state, self.value) {
            (true, ..) => TrialOutcome::Pending,
            (false, TrialState::Failed, _) | (false, _, None) => TrialOutcome::Failed,
            (false, _, Some(value)) => TrialOutcome::Value(if self.lower_is_better { value } else { -value }),
        }
    }

    /// The trial as a search method knows it.
    pub fn known(&self) -> Trial {
        Trial { point: self.point.clone(), outcome: self.outcome() }
    }

    /// The trial at its first rung, where all of them had the same epochs or images.
    pub fn at_first(&self) -> Trial {
        let outcome = match (self.outcome(), self.first) {
            (TrialOutcome::Pending | TrialOutcome::Failed, _) | (_, None) => self.outcome(),
            (_, Some(value)) => TrialOutcome::Value(if self.lower_is_better { value } else { -value }),
        };
        Trial { point: self.point.clone(), outcome }
    }

    /// The keys that it sets, in a line.
    pub fn words(&self) -> String {
        let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
        let words: Vec<String> =
            self.overrides.iter().map(|o| format!("{} = {}", last(&o.key), o.value)).collect();
        words.join(", ")
    }

    /// Result in a line; `best` is the number of the best trial so far.
    pub fn line(&self, search: &Search, best: Option<usize>) -> String {
        let result = match (&self.cause, self.value) {
            (Some(cause), _) => format!("failed: {}", cause.lines().next().unwrap_or_default()),
            (None, Some(value)) => {
                let unit = search.measure.unit.to_string();
                let gap = if unit.is_empty() { "" } else { " " };
                let mark = if best == Some(self.number) { ", the best so far" } else { "" };
                format!("{} {value:.4}{gap}{unit}{mark}", search.measure.name)
            }
            _ => "no result".to_owned(),
        };
        format!("  trial {}: {}: {result}", self.number, self.words())
    }
}
