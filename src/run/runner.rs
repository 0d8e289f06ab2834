use std::path::Path;
use std::time::{Instant, SystemTime};

use rayon::prelude::*;

use super::RunError;
use super::events::{ExpectedStage, Remaining, RunEvent, RunOutcome, StageName};
use super::executor::{self, Executed};
use super::failures::Failures;
use super::job::Runner;
use super::job_runner::OwnProcess;
use super::provenance::Provenance;
use super::why::{estimates, reasons};
use super::worker::{WorkerPlace, WorkerPool};
use super::{machine, report_owner, weights, written_report};
use camlab_base::file;
use camlab_frame::{self as frame, RunRow};
use camlab_graph::StageRef;
use camlab_kernel::Isa;
use camlab_stage::passes::MapPasses;
use camlab_stage::{Kind, Progress, Verbosity, Work as _};
use camlab_store::{Durations, HeldLock, StoreError};

/// Name of the event log in the folder of a run.
pub const EVENTS: &str = "events.jsonl";

/// Outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every stage was cached and the report is up to date.
    Cached {
        /// Number of stages.
        stages: usize,
    },
    /// Some stages ran, or the report was written again.
    Ran {
        /// Number of stages that ran.
        ran: usize,
        /// Number of cached stages.
        cached: usize,
    },
}

/// Numbers of stages of a run.
#[derive(Debug, Default)]
struct RunCounts {
    /// Without an artefact at its start.
    to_run: usize,
    made: usize,
    /// Made by other processes meanwhile.
    elsewhere: usize,
    failed: usize,
    /// Not run because of failures, or of a signal.
    skipped: usize,
}

/// Stages of a run before anything is written.
struct Prepared {
    /// For every stage `true` if it has no artefact.
    missing: Vec<bool>,
    /// Result of the record that keeps the artefacts; `None` without a store.
    kept: Option<Result<(), StoreError>>,
}

/// Outcome of [`Runner::make`].
#[derive(Default)]
pub(crate) struct MadeStages {
    /// The stages without an artefact.
    pub failures: Failures,
    /// Number of stages that were made.
    pub made: usize,
}

impl Runner<'_> {
    /// Runs the stages that are not cached and writes the report to `out`.
    ///
    /// # Errors
    /// A folder that cannot be written, before any stage runs. A signal that ends the run. Stages that fail, after all
    /// others have run and the report on them is written; finished artefacts stay in the store.
    pub fn run(&self, out: &Path) -> Result<Outcome, RunError> {
        let begun = (SystemTime::now(), Instant::now());
        let Prepared { mut missing, kept } = self.prepare(out)?;
        if !missing.contains(&true) && self.shows_this_plan(out) {
            return Ok(Outcome::Cached { stages: self.plan.stages.len() });
        }
        self.check_contents(&mut missing)?;
        let alive = self.check_places(out, &missing, kept)?;
        let (stages, cells) = (self.plan.stages.len(), self.plan.cells.len());
        let to_run = missing.iter().filter(|missing| **missing).count();
        let cells_word = if cells == 1 { "cell" } else { "cells" };
        let cached = stages - to_run;
        self.begin(
            out,
            &missing,
            format!("{cells} {cells_word}, {stages} stages: {cached} cached, {to_run} to run"),
        );
        let mut counts = RunCounts { to_run, ..RunCounts::default() };
        let result = self.execute(out, &missing, begun, &mut counts);
        camlab_store::tidy();
        self.events.end();
        self.tell_end(&result, &counts, begun.1.elapsed().as_secs_f64());
        drop(alive);
        camlab_store::tidy();
        result
    }

    /// Makes the artefacts of the stages that are not cached, for a run of several plans: no report.
    ///
    /// # Errors
    /// A folder that cannot be written, a store that cannot be read, a signal. Stages that fail are no error.
    pub(crate) fn make(&self, out: &Path, title: &str) -> Result<MadeStages, RunError> {
        let Prepared { mut missing, kept } = self.prepare(out)?;
        self.check_contents(&mut missing)?;
        let to_run = missing.iter().filter(|missing| **missing).count();
        if to_run == 0 {
            return Ok(MadeStages::default());
        }
        let _alive = self.check_places(out, &missing, kept)?;
        let cached = self.plan.stages.len() - to_run;
        self.begin(out, &missing, format!("{title}: {cached} stages cached, {to_run} to run"));
        weights::download(self.facts, Progress::new(self.events))?;
        self.explain(&missing);
        let stages = self.plan.stages.iter().enumerate();
        self.store.record(stages.filter(|(index, _)| missing[*index]).map(|(_, stage)| stage))?;
        let Executed { failures, made, elsewhere, stopped } = self.run_stages(&missing);
        self.events.end_part();
        match stopped {
            Some(signal) => {
                let (left, stages) = (to_run - made - elsewhere, self.plan.stages.len());
                Err(RunError::Stopped { signal, left, stages })
            }
            None => Ok(MadeStages { failures, made }),
        }
    }

    /// Looks for the artefacts of the stages; nothing is written yet.
    fn prepare(&self, out: &Path) -> Result<Prepared, RunError> {
        if !self.overwrite {
            report_owner::check(out, self.file)?;
        }
        // Before artefacts are looked for: those that are found stay as long as this run and its report need them. A new
        // store has none, and is not created before the folders have been checked.
        let kept = self.store.root().is_dir().then(|| self.keep(out));
        let missing = self.missing()?;
        Ok(Prepared { missing, kept })
    }

    /// Fails if a folder that will be written is not writable; marks the run as alive.
    fn check_places(
        &self,
        out: &Path,
        missing: &[bool],
        kept: Option<Result<(), StoreError>>,
    ) -> Result<Option<HeldLock>, RunError> {
        place("report", "--out", out)?;
        if !missing.contains(&true) {
            return Ok(None);
        }
        place("store", "--store", self.store.root())?;
        // A store that is only read need not be writable.
        kept.unwrap_or_else(|| self.keep(out))?;
        Ok(self.store.mark_run(&self.run_id))
    }

    /// Starts the log and the display of the run.
    fn begin(&self, out: &Path, missing: &[bool], title: String) {
        let (stages, cells) = (&self.plan.stages, &self.plan.cells);
        let to_run = missing.iter().filter(|missing| **missing).count();
        let workers = self.workers.as_ref().map_or(0, |workers| workers.count);
        self.events.say(Verbosity::Normal, title);
        if to_run == 0 {
            return;
        }
        let expected = estimates(self.plan, self.facts, &Durations::of(&self.store), &|index| missing[index]);
        let expected =
            expected.into_iter().zip(stages.iter()).zip(missing).map(|((estimate, stage), missing)| {
                ExpectedStage {
                    kind: stage.spec.kind.clone(),
                    seconds: estimate.map(|found| found.seconds),
                    open: *missing,
                }
            });
        let remaining = Remaining::new(expected.collect(), workers);
        self.events.begin(&self.store.run_folder(&self.run_id).join(EVENTS), remaining);
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let run = RunEvent::RunStarted {
            run: self.run_id.clone(),
            experiment: cells.first().map(|cell| cell.experiment.name.clone()).unwrap_or_default(),
            file: absolute(self.file).display().to_string(),
            report: absolute(out).display().to_string(),
            host: machine::host(),
            pid: std::process::id(),
            instructions: Isa::current().name().to_owned(),
            workers,
            stages: stages.len(),
            to_run,
        };
        let cached = stages.iter().zip(missing).filter(|(_, missing)| !**missing);
        let cached = cached.map(|(stage, _)| RunEvent::StageCached { stage: StageName::of(stage) });
        self.events.tell(std::iter::once(run).chain(cached));
    }

    /// Runs the missing stages and writes the report.
    fn execute(
        &self,
        out: &Path,
        missing: &[bool],
        begun: (SystemTime, Instant),
        counts: &mut RunCounts,
    ) -> Result<Outcome, RunError> {
        let total = self.plan.stages.len();
        let to_run = missing.iter().filter(|missing| **missing).count();
        if to_run > 0 {
            weights::download(self.facts, Progress::new(self.events))?;
            self.explain(missing);
            let stages = self.plan.stages.iter().enumerate();
            self.store.record(stages.filter(|(index, _)| missing[*index]).map(|(_, stage)| stage))?;
        }
        let Executed { failures, made, elsewhere, stopped } = self.run_stages(missing);
        let (skipped, left) = (failures.skipped().len(), failures.left().len());
        (counts.made, counts.elsewhere) = (made, elsewhere);
        (counts.failed, counts.skipped) = (failures.errors().count(), skipped + left);
        if let Some(signal) = stopped {
            return Err(RunError::Stopped { signal, left: to_run - made - elsewhere, stages: total });
        }
        let shown = written_report::write(self, out, begun, &failures).map_err(|source| {
            // A signal while another process wrote the report.
            source.downcast().unwrap_or_else(|source| self.failed("report", "all cells", "all", source))
        });
        match (failures.is_empty(), shown) {
            (true, Ok(_)) => Ok(Outcome::Ran { ran: made, cached: total - made }),
            (true, Err(error)) => Err(error),
            (false, shown) => {
                let report = matches!(shown, Ok(true)).then(|| out.join("index.html"));
                let mut failed = failures.into_errors();
                failed.extend(shown.err());
                Err(RunError::Unfinished { skipped, failed, left, report })
            }
        }
    }

    /// Runs the missing stages in this process, or in workers.
    fn run_stages(&self, missing: &[bool]) -> Executed {
        match &self.workers {
            None => executor::run(self, missing, &mut OwnProcess::new(&self.store, self.events)),
            Some(options) => {
                let (store, instructions) = (self.store.root(), Isa::current().name());
                let place = WorkerPlace { store, instructions, events: self.events };
                executor::run(self, missing, &mut WorkerPool::new(options, place))
            }
        }
    }

    fn tell_end(&self, result: &Result<Outcome, RunError>, counts: &RunCounts, seconds: f64) {
        let outcome = match result {
            Ok(_) => RunOutcome::Finished,
            Err(RunError::Stopped { .. }) => RunOutcome::Stopped,
            Err(_) => RunOutcome::Failed,
        };
        let RunCounts { to_run, made: ran, elsewhere, failed, skipped } = *counts;
        let cached = self.plan.stages.len() - to_run + elsewhere;
        self.events.tell([RunEvent::RunFinished { outcome, seconds, ran, cached, failed, skipped }]);
    }

    /// Records that the report is made from the stages of this plan, and those of earlier ones.
    fn keep(&self, out: &Path) -> Result<(), StoreError> {
        let places: Vec<StageRef> = self.plan.stages.iter().map(camlab_graph::Stage::place).collect();
        let earlier = self.search.iter().flat_map(|search| search.stages());
        self.store.keep(out, self.file, places.iter().chain(earlier))
    }

    /// For every stage whether it has no artefact; damaged ones are removed, which is said.
    fn missing(&self) -> Result<Vec<bool>, RunError> {
        let places: Vec<StageRef> = self.plan.stages.iter().map(camlab_graph::Stage::place).collect();
        let store = &self.store;
        let checked: Vec<Result<bool, StoreError>> =
            places.par_iter().map(|place| store.check(place)).collect();
        let mut missing = Vec::with_capacity(places.len());
        for ((stage, place), checked) in self.plan.stages.iter().zip(&places).zip(checked) {
            missing.push(match checked {
                Ok(there) => !there,
                Err(error) if !error.is_damage() => return Err(error.into()),
                Err(error) => self.discard(place, &stage.hints.label, &error)?,
            });
            if Kind::of(stage).is_some_and(|kind| kind.durable) && missing.last() == Some(&false) {
                // May remain if a run was killed after publishing the artefact and before cleaning up.
                self.store.working(place).clear()?;
            }
        }
        Ok(missing)
    }

    /// Checks the contents of all artefacts that this run reads: inputs of missing stages, and what the report shows.
    fn check_contents(&self, missing: &mut [bool]) -> Result<(), RunError> {
        let stages = &self.plan.stages;
        let mut read = vec![false; stages.len()];
        for shown in &self.plan.shown {
            read[shown.stage] = true;
            shown.beside.values().for_each(|beside| read[*beside] = true);
            shown.quantities.iter().for_each(|stage| read[*stage] = true);
        }
        // The report lists the images that they skipped.
        for (read, stage) in read.iter_mut().zip(stages.iter()) {
            *read |= stage.spec.kind == MapPasses::KIND;
        }
        let mut checked = vec![false; stages.len()];
        loop {
            for index in (0..stages.len()).filter(|index| missing[*index]) {
                stages.inputs(index).iter().for_each(|input| read[*input] = true);
            }
            let open: Vec<usize> =
                (0..stages.len()).filter(|i| read[*i] && !missing[*i] && !checked[*i]).collect();
            if open.is_empty() {
                return Ok(());
            }
            let store = &self.store;
            let found: Vec<_> =
                open.par_iter().map(|index| store.open(&stages.get(*index).place())).collect();
            for (index, found) in open.into_iter().zip(found) {
                checked[index] = true;
                if let Err(error) = found {
                    if !error.is_damage() {
                        return Err(error.into());
                    }
                    let stage = stages.get(index);
                    missing[index] = self.discard(&stage.place(), &stage.hints.label, &error)?;
                }
            }
        }
    }

    fn discard(&self, place: &StageRef, label: &str, error: &StoreError) -> Result<bool, RunError> {
        let line = format!("  made again: {} {label}, since {error}", place.kind);
        self.events.say(Verbosity::Normal, line);
        self.store.discard(place)?;
        Ok(true)
    }

    /// Says why each stage has to run, if that is shown: finding the reasons reads every recorded stage of the store.
    fn explain(&self, missing: &[bool]) {
        if !self.events.shows(Verbosity::Verbose) {
            return;
        }
        let kind = |index: usize| &self.plan.stages.get(index).spec.kind;
        let named = |index: usize| format!("{} {}", kind(index), self.plan.label(index));
        let found = reasons(self.plan, self.document, &self.store, missing);
        for (index, reason) in found.iter().enumerate() {
            if let Some(reason) = reason {
                let line = format!("  {}: {}", named(index), reason.line(&named));
                self.events.say(Verbosity::Verbose, line);
            }
        }
    }

    pub(super) fn shows_this_plan(&self, out: &Path) -> bool {
        let rows: Vec<RunRow> = frame::read(out).unwrap_or_default();
        let key = self.plan_key();
        // A report on a run that failed in part lacks what may have been made since.
        let whole = !rows.iter().any(|row| row.key == RunRow::FAILED);
        whole
            && frame::is_whole(out)
            && out.join("index.html").is_file()
            && Provenance::read(out).is_ok_and(|provenance| provenance.plan == key)
            && RunRow::find(&rows, RunRow::PLAN) == key
    }

    fn failed(&self, stage: &str, label: &str, cell: &str, cause: anyhow::Error) -> RunError {
        let (stage, label, cell) = (stage.to_owned(), label.to_owned(), cell.to_owned());
        RunError::Stage { stage, label, cell, key: String::new(), cause }
    }
}

/// Fails before any stage runs if a folder is not writable.
fn place(what: &'static str, option: &'static str, folder: &Path) -> Result<(), RunError> {
    let unusable = |source| RunError::Place { what, option, folder: folder.to_path_buf(), source };
    file::check_writable(folder).map_err(unusable)
}
