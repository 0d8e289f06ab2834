//! Searches: batches of trials, each a plan of its own, then the report on the best point.
//!
//! No state is kept but the store's. Points depend on the search's seed and on the results of the trials before them, so
//! that a search that was interrupted proposes the same points again, whose stages are cached, and goes on from there.

mod error;
mod estimates;
mod halving;
mod objective;
pub(crate) mod record;
mod state;
mod summary;
mod trial;
pub(crate) mod written;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use camlab_config::{Document, Invalid, ObjectiveSplit, RunOptions, Sources};
use camlab_fetch::Cache;
use camlab_plan::{Cell, CellRung, Facts, Plan, Search, cells};
use camlab_search::{SearchPoint, Trial};
use camlab_stage::Verbosity;
use camlab_store::Store;

use super::artefacts::Artefacts;
use super::build_info::BuildInfo;
use super::cause::FailureCause;
use super::completed::KnownRows;
use super::error::RunError;
use super::events::RunEvents;
use super::job::Runner;
use super::runner::{MadeStages, Outcome};
use super::worker::WorkerOptions;
use super::{gather, verify};
pub use error::{PlannedBatch, SearchFailure};
use objective::{ObjectiveImages, ObjectiveSample};
pub use record::SearchRecord;
use state::SearchState;
use trial::SearchTrial;

/// Runs a search and writes the report on its result.
pub struct SearchRun<'a> {
    /// The experiment file.
    pub file: &'a Path,
    /// The file with all that it extends and the `--set` arguments, as read.
    pub document: &'a Document,
    /// The search of the document.
    pub search: &'a Search,
    /// The build of camlab, for the provenance of the report.
    pub build: &'a BuildInfo,
    /// The arguments of the process, likewise.
    pub command_line: &'a [String],
    /// `true` to replace the report of another experiment file.
    pub overwrite: bool,
    /// Cache of downloaded weights.
    pub cache: &'a Cache,
    /// The store of finished artefacts.
    pub store: Store,
    /// Receiver of everything that happens.
    pub events: &'a RunEvents,
    /// Retries, and the end at the first failure.
    pub options: RunOptions,
    /// Worker processes; `None`: stages run in this process.
    pub workers: Option<WorkerOptions>,
    /// Renders the report in a folder from the frames in it.
    pub render: &'a dyn Fn(&Path) -> anyhow::Result<()>,
}

/// The cells of one trial in a plan.
struct TrialCells {
    cells: Range<usize>,
    /// The mistake for which it has none.
    broken: Option<String>,
}

/// Some trials that are evaluated together, and the part of them that is.
struct TrialBatch<'b> {
    /// Numbers of the trials, each with its point.
    trials: &'b [(usize, SearchPoint)],
    /// Part of the trials' cells that is new, preceded by those before it.
    rungs: &'b [CellRung],
    /// Words for the log.
    title: String,
}

impl SearchRun<'_> {
    /// Proposes and evaluates trials until the budget is used, then writes the report to `out`.
    ///
    /// # Errors
    /// As [`Runner::run`]; [`SearchFailure`].
    pub fn run(&self, out: &Path) -> anyhow::Result<Outcome> {
        let state = self.trials(out, false)?;
        self.report(state, out)
    }

    /// The first batch with a stage that is not cached, or the report's plan if all trials are known. Runs and writes
    /// nothing.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn preview(&self) -> anyhow::Result<PlannedBatch> {
        let state = match self.trials(Path::new(""), true) {
            Ok(state) => state,
            Err(error) => {
                return match error.downcast::<SearchFailure>() {
                    Ok(SearchFailure::NotRun(batch)) => Ok(*batch),
                    Ok(other) => Err(other.into()),
                    Err(error) => Err(error),
                };
            }
        };
        let best = state.best().map(|best| state.trials[best].point.clone());
        let point = best.context("all trials of the search failed")?;
        let (plan, facts) = self.final_plan(&point)?;
        let title = format!("all {} trials are known; the report on the best", state.trials.len());
        Ok(PlannedBatch { plan, facts, title, known: state.trials.len() })
    }

    /// All trials; `dry`: those whose stages are cached, then an error with the first batch that has others.
    fn trials(&self, out: &Path, dry: bool) -> anyhow::Result<SearchState> {
        // The file's own values are checked against data and checkpoints before anything runs.
        let own = cells(self.document)?;
        let facts = gather(&own, self.cache, &self.store)?;
        verify(self.document, &own, &facts, &self.store)?;
        let images = ObjectiveImages::of(self.search, &facts)?;
        let mut state = SearchState {
            run_id: self.store.new_run(),
            images,
            trials: Vec::new(),
            seconds: BTreeMap::new(),
            completed: 0,
            made: 0,
            dry,
            alive: None,
        };
        match self.search.table.options.method.implementation().halving() {
            Some(options) => self.halve(options, &mut state, out)?,
            None => self.whole_trials(&mut state, out)?,
        }
        Ok(state)
    }

    /// Trials that are evaluated whole.
    fn whole_trials(&self, state: &mut SearchState, out: &Path) -> anyhow::Result<()> {
        let options = &self.search.table.options;
        let all = self.search.most_trials();
        let rung = CellRung { images: state.images.part(0, state.images.count), ..CellRung::default() };
        while let Some(batch) = self.next_batch(state, all) {
            let number = state.trials.last().map_or(0, |trial| trial.batch + 1);
            let first = state.trials.len();
            let last = first + batch.len() - 1;
            let of = all.map(|all| format!(" of {all}")).unwrap_or_default();
            let title = match first == last {
                true => format!("trial {first}{of}"),
                false => format!("trials {first} to {last}{of}"),
            };
            let numbered: Vec<(usize, SearchPoint)> = (first..).zip(batch).collect();
            for (trial, point) in &numbered {
                state.trials.push(SearchTrial::new(*trial, number, point.clone(), self.search));
            }
            let batch = TrialBatch { trials: &numbered, rungs: std::slice::from_ref(&rung), title };
            let found = self.evaluate(&batch, state, out)?;
            for ((trial, _), found) in numbered.iter().zip(found) {
                state.complete(*trial, found, self.search);
                self.tell(state, *trial);
            }
            if self.spent(state, options.max_minutes) {
                break;
            }
        }
        Ok(())
    }

    /// The points of the next batch; `None` at the end of the search.
    fn next_batch(&self, state: &SearchState, all: Option<usize>) -> Option<Vec<SearchPoint>> {
        let table = &self.search.table;
        let left = all.map_or(usize::MAX, |all| all.saturating_sub(state.trials.len()));
        let count = left.min(table.options.batch);
        let known: Vec<Trial> = state.trials.iter().map(SearchTrial::known).collect();
        let method = table.options.method.implementation();
        let points = if count == 0 {
            Vec::new()
        } else {
            method.propose(&table.space, table.options.seed, &known, count)
        };
        (!points.is_empty()).then(|| points.iter().map(|point| table.rounded(point)).collect())
    }

    /// `true` once the stages have taken the minutes of the budget, as the store has recorded them: a search that is run
    /// again ends where it did.
    fn spent(&self, state: &SearchState, minutes: Option<f64>) -> bool {
        let seconds: f64 = state.seconds.values().sum();
        let spent = minutes.is_some_and(|minutes| seconds >= 60.0 * minutes);
        if spent && !state.dry {
            let line =
                format!("  the trials have taken {:.1} minutes: no further batch starts", seconds / 60.0);
            self.events.say(Verbosity::Normal, line);
        }
        spent
    }

    /// Makes the stages of some trials' objectives and computes these.
    fn evaluate(
        &self,
        batch: &TrialBatch<'_>,
        state: &mut SearchState,
        out: &Path,
    ) -> anyhow::Result<Vec<Result<ObjectiveSample, String>>> {
        let mut found: Vec<Result<ObjectiveSample, String>> = Vec::new();
        let mut cells: Vec<Cell> = Vec::new();
        let mut ranges = Vec::new();
        for (number, point) in batch.trials {
            let start = cells.len();
            let mut broken = None;
            for rung in batch.rungs {
                match self.search.trial_cells(self.document, *number, point, rung) {
                    Ok(more) => cells.extend(more),
                    Err(errors) => {
                        broken = errors
                            .into_iter()
                            .next()
                            .map(|error| format!("{}; {}", error.message, error.remedy));
                    }
                }
            }
            ranges.push(TrialCells { cells: start..cells.len(), broken });
        }
        for (index, cell) in cells.iter_mut().enumerate() {
            // Every cell of the plan is a configuration of its own.
            cell.index = index;
        }
        let facts = gather(&cells, self.cache, &self.store)?;
        // Mistakes that only data or checkpoints show, as of a checkpoint that is a choice, fail their trial.
        let plan = Plan::new(cells, &facts).map_err(anyhow::Error::msg)?;
        let needed = objective::needed(&plan, self.search);
        let plan = plan.only(&needed);
        if state.dry && plan.stages.iter().any(|stage| !self.store.holds(&stage.place())) {
            let (known, title) = (state.completed, batch.title.clone());
            return Err(SearchFailure::NotRun(Box::new(PlannedBatch { plan, facts, title, known })).into());
        }
        let record = SearchRecord::of_stages(state.seconds.keys());
        let runner = self.runner(&plan, &facts, &state.run_id, Some(&record));
        let MadeStages { failures, made } = match state.dry {
            true => MadeStages::default(),
            false => runner.make(out, &batch.title)?,
        };
        state.made += made;
        if !state.dry && state.alive.is_none() {
            // The run lives between two batches, too.
            state.alive = self.store.mark_run(&state.run_id);
        }
        if self.options.fail_fast && !failures.is_empty() {
            let (skipped, left) = (failures.skipped().len(), failures.left().len());
            let failed = failures.into_errors();
            return Err(RunError::Unfinished { skipped, failed, left, report: None }.into());
        }
        for (index, stage) in plan.stages.iter().enumerate() {
            let place = stage.place();
            if failures.lacks(index) || state.seconds.contains_key(&place) {
                continue;
            }
            let seconds = self.store.cost(&place)?.seconds;
            state.seconds.insert(place, seconds);
            let trials = batch.trials.iter().map(|(number, _)| *number);
            let ranges = ranges.iter().map(|known| &known.cells);
            let trial = objective::first_trial(&plan, stage, trials.zip(ranges));
            if let Some(trial) = trial {
                state.trials[trial].seconds += seconds;
            }
        }
        for ((number, _), TrialCells { cells: range, broken }) in batch.trials.iter().zip(ranges) {
            if let Some(cause) = broken {
                found.push(Err(cause));
                continue;
            }
            if let Some((error, cause)) = objective::failure(&plan, self.search, &range, &failures) {
                let text = error.to_string();
                match cause {
                    FailureCause::Diverged | FailureCause::Data | FailureCause::Other => {
                        found.push(Err(text))
                    }
                    _ => return Err(SearchFailure::Transient { trial: *number, cause: text }.into()),
                }
                continue;
            }
            let artefacts = Artefacts {
                plan: &plan,
                store: &self.store,
                failures: &failures,
                known: KnownRows::default(),
            };
            let sample = ObjectiveSample::of(&artefacts, self.search, &|cell| range.contains(&cell))?;
            found.push(sample.context_for(*number));
        }
        Ok(found)
    }

    fn runner<'b>(
        &'b self,
        plan: &'b Plan,
        facts: &'b Facts,
        run_id: &str,
        search: Option<&'b SearchRecord>,
    ) -> Runner<'b> {
        Runner {
            file: self.file,
            document: self.document,
            build: self.build,
            command_line: self.command_line,
            overwrite: self.overwrite,
            plan,
            facts,
            store: self.store.clone(),
            run_id: run_id.to_owned(),
            events: self.events,
            options: self.options.clone(),
            workers: self.workers.clone(),
            search,
            render: self.render,
        }
    }

    /// Says what a trial has given.
    fn tell(&self, state: &SearchState, trial: usize) {
        if state.dry {
            return;
        }
        let line = state.trials[trial].line(self.search, state.best());
        self.events.say(Verbosity::Normal, line);
    }

    /// The plan of the report: the best point, and the file's own values.
    fn final_plan(&self, point: &SearchPoint) -> anyhow::Result<(Plan, Facts)> {
        let invalid = |found| Invalid::new(Sources::clone(&self.document.sources), found);
        let cells = self.search.final_cells(self.document, point).map_err(invalid)?;
        let facts = gather(&cells, self.cache, &self.store)?;
        let plan = Plan::new(cells, &facts).map_err(anyhow::Error::msg)?;
        Ok((plan, facts))
    }

    /// Runs the best point, and the file's own values, on the test images, and writes the report.
    fn report(&self, state: SearchState, out: &Path) -> anyhow::Result<Outcome> {
        let Some(best) = state.best() else {
            let cause = state.trials.iter().find_map(|trial| trial.cause.clone());
            let cause = cause.unwrap_or_else(|| "no result".into());
            return Err(SearchFailure::NoTrial { trials: state.trials.len(), cause }.into());
        };
        let point = &state.trials[best].point;
        let (plan, facts) = self.final_plan(point)?;
        if self.search.split() == ObjectiveSplit::Test {
            self.events.say(
                Verbosity::Normal,
                "warning: the test images have chosen the point that they evaluate: its numbers are optimistic",
            );
        }
        let record = summary::record(self.search, &state, best);
        let runner = self.runner(&plan, &facts, &state.run_id, Some(&record));
        let outcome = runner.run(out).context("the report on the search");
        let made = state.made;
        drop(state);
        camlab_store::tidy();
        Ok(match outcome? {
            Outcome::Ran { ran, cached } => Outcome::Ran { ran: ran + made, cached },
            Outcome::Cached { stages } if made > 0 => Outcome::Ran { ran: made, cached: stages },
            cached => cached,
        })
    }
}
