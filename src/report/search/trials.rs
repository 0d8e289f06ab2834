//! Trials with the values of their keys, as figures need them.

use camlab_frame::{Direction, SearchScale, TrialState};

use super::SearchFrames;

/// A searched key.
pub(super) struct SearchAxis {
    pub key: String,
    pub scale: SearchScale,
    pub low: f64,
    pub high: f64,
    /// Texts of the choices by their index.
    pub choices: Vec<String>,
}

/// A trial that has a value.
pub(super) struct ShownTrial {
    pub value: f64,
    /// `true` if it was evaluated whole.
    pub complete: bool,
    /// Value of every axis as a number; `None` where the key does not apply.
    pub numbers: Vec<Option<f64>>,
    /// `true` for the trial that the search chose.
    pub best: bool,
}

/// The axes and trials of a search.
pub(super) struct SearchTrials {
    pub axes: Vec<SearchAxis>,
    /// In the order of their values, the best last.
    pub trials: Vec<ShownTrial>,
    /// Lowest and highest value.
    pub range: (f64, f64),
    pub higher_is_better: bool,
}

impl SearchTrials {
    pub fn new(frames: &SearchFrames) -> Self {
        let mut axes: Vec<SearchAxis> = Vec::new();
        for row in &frames.keys {
            let place = axes.iter().position(|axis| axis.key == row.key).unwrap_or_else(|| {
                axes.push(SearchAxis {
                    key: row.key.clone(),
                    scale: row.scale,
                    low: row.low,
                    high: row.high,
                    choices: vec![
                        String::new();
                        if row.scale == SearchScale::Choice { row.high as usize + 1 } else { 0 }
                    ],
                });
                axes.len() - 1
            });
            if let Some(text) = axes[place].choices.get_mut(row.number as usize) {
                text.clone_from(&row.value);
            }
        }
        let mut trials: Vec<ShownTrial> = frames
            .trials
            .iter()
            .filter_map(|trial| {
                let number = |axis: &SearchAxis| {
                    let of_axis =
                        frames.keys.iter().find(|row| row.trial == trial.trial && row.key == axis.key);
                    of_axis.map(|row| row.number)
                };
                Some(ShownTrial {
                    value: trial.value?,
                    complete: trial.state == TrialState::Complete,
                    numbers: axes.iter().map(number).collect(),
                    best: trial.trial == frames.about.best,
                })
            })
            .collect();
        let higher_is_better = frames.about.direction == Direction::Higher;
        trials.sort_by(|a, b| match higher_is_better {
            true => a.value.total_cmp(&b.value),
            false => b.value.total_cmp(&a.value),
        });
        trials.sort_by_key(|trial| (trial.complete, trial.best));
        let values = trials.iter().map(|trial| trial.value);
        let range = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        Self { axes, trials, range, higher_is_better }
    }

    /// Position of a value between the worst (0) and the best (1).
    pub fn quality(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let share = if high > low { (value - low) / (high - low) } else { 1.0 };
        if self.higher_is_better { share } else { 1.0 - share }
    }
}

impl SearchAxis {
    /// Position of a value on the axis, 0 to 1.
    pub fn place(&self, number: f64) -> f64 {
        let share = match self.scale {
            SearchScale::Logarithmic => (number / self.low).ln() / (self.high / self.low).ln(),
            _ => (number - self.low) / (self.high - self.low),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
    }

    /// Last part of the key, and the whole key if another axis ends alike.
    pub fn name(&self) -> &str {
        self.key.rsplit('.').next().unwrap_or(&self.key)
    }

    /// Places and texts of a few ticks.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        match self.scale {
            SearchScale::Choice => {
                let texts = self.choices.iter().enumerate();
                texts
                    .map(|(index, text)| (self.place(index as f64), text.trim_matches('"').to_owned()))
                    .collect()
            }
            SearchScale::Logarithmic => {
                let (from, to) = (self.low.log10().ceil() as i32, self.high.log10().floor() as i32);
                let powers: Vec<f64> = (from..=to).map(|power| 10f64.powi(power)).collect();
                let all = if powers.len() < 2 { vec![self.low, self.high] } else { powers };
                let every = all.len().div_ceil(6);
                all.into_iter().step_by(every).map(|number| (self.place(number), written(number))).collect()
            }
            SearchScale::Linear => crate::figure::ticks(self.low, self.high, 4)
                .into_iter()
                .map(|number| (self.place(number), written(number)))
                .collect(),
        }
    }
}

/// A number as people write it.
pub(super) fn written(number: f64) -> String {
    match number.abs() {
        size if size > 0.0 && !(1e-3..1e5).contains(&size) => format!("{number:e}"),
        _ => crate::figure::plain(number),
    }
}
