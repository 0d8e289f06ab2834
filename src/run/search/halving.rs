//! Successive halving: all candidates at the first rung, the best of each rung at the next.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use camlab_parts::search::{HalvingSearch, RungUnit};
use camlab_plan::CellRung;
use camlab_search::{SearchPoint, TrialOutcome};
use camlab_stage::Verbosity;

use super::state::SearchState;
use super::trial::SearchTrial;
use super::{SearchRun, TrialBatch};

impl SearchRun<'_> {
    /// Evaluates all candidates rung after rung.
    pub(super) fn halve(
        &self,
        options: &HalvingSearch,
        state: &mut SearchState,
        out: &Path,
    ) -> anyhow::Result<()> {
        let search = &self.search.table.options;
        let whole = match options.by {
            RungUnit::Epochs => self.search.base.epochs(),
            RungUnit::Images => state.images.count,
        };
        let schedule = options.schedule(whole as u64).context("search.method.halving")?;
        let rungs: Vec<usize> = schedule.rungs().iter().map(|rung| *rung as usize).collect();
        self.candidates(state);
        let words: Vec<String> = schedule
            .sizes(state.trials.len())
            .iter()
            .zip(&rungs)
            .map(|(trials, rung)| format!("{trials} with {rung} {}", options.by.name()))
            .collect();
        if !state.dry {
            self.events.say(Verbosity::Normal, format!("successive halving: {}", words.join(", ")));
        }
        let mut alive: Vec<usize> = (0..state.trials.len()).collect();
        for (number, resource) in rungs.iter().enumerate() {
            let parts = parts(options.by, &rungs[..=number], state);
            for batch in alive.chunks(search.batch) {
                let which = match batch {
                    [only] => format!("trial {only}"),
                    several => {
                        let all: Vec<String> = several.iter().map(usize::to_string).collect();
                        format!("trials {}", all.join(", "))
                    }
                };
                let title = format!(
                    "rung {} of {}, {which}, {resource} {}",
                    number + 1,
                    rungs.len(),
                    options.by.name()
                );
                let points: Vec<(usize, SearchPoint)> =
                    batch.iter().map(|trial| (*trial, state.trials[*trial].point.clone())).collect();
                let found =
                    self.evaluate(&TrialBatch { trials: &points, rungs: &parts, title }, state, out)?;
                for (trial, found) in batch.iter().zip(found) {
                    state.trials[*trial].rung = (number, Some(*resource as u64));
                    state.complete(*trial, found, self.search);
                    self.tell(state, *trial);
                }
            }
            if number + 1 == rungs.len() {
                break;
            }
            let outcomes: Vec<TrialOutcome> =
                alive.iter().map(|trial| state.trials[*trial].outcome()).collect();
            let kept: Vec<usize> =
                schedule.survivors(&outcomes).into_iter().map(|place| alive[place]).collect();
            for trial in alive.iter().filter(|trial| !kept.contains(trial)) {
                state.trials[*trial].leave_out();
            }
            alive = kept;
            if self.spent(state, search.max_minutes) {
                // No point has been evaluated whole: the best of this rung stand for them.
                break;
            }
        }
        Ok(())
    }

    /// The candidates, numbered.
    fn candidates(&self, state: &mut SearchState) {
        let all = self.search.most_trials();
        while let Some(batch) = self.next_batch(state, all) {
            let number = state.trials.last().map_or(0, |trial| trial.batch + 1);
            for point in batch {
                state.trials.push(SearchTrial::new(state.trials.len(), number, point, self.search));
            }
        }
    }
}

/// The parts of a cell that make up a rung: one of fewer epochs, or one of images beside those of the rungs before.
fn parts(by: RungUnit, rungs: &[usize], state: &SearchState) -> Vec<CellRung> {
    let Some((last, earlier)) = rungs.split_last() else { return Vec::new() };
    match by {
        RungUnit::Epochs => {
            let images = state.images.part(0, state.images.count);
            vec![CellRung { epochs: Some(*last), earlier: Arc::from(earlier), images }]
        }
        RungUnit::Images => {
            let starts = std::iter::once(&0).chain(rungs);
            let part = |(first, end): (&usize, &usize)| CellRung {
                images: state.images.part(*first, *end),
                ..CellRung::default()
            };
            starts.zip(rungs).map(part).collect()
        }
    }
}
