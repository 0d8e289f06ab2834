use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use super::RunError;
use super::job::{PLAN_KEY, Runner};
use super::{assemble, executor, report_owner, weights};
use camlab_base::file;
use camlab_frame::{self as frame, RunRow};
use camlab_graph::StageRef;
use camlab_stage::passes::MapPasses;
use camlab_stage::{Kind, Verbosity, Work as _};
use camlab_store::{KnownSpecs, StoreError};

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

impl Runner<'_> {
    /// Runs the stages that are not cached and writes the report to `out`.
    ///
    /// # Errors
    /// A folder that cannot be written, before any stage runs. Stages that fail, after all others have run and the
    /// report on them is written; finished artefacts stay in the store.
    pub fn run(&self, out: &Path) -> Result<Outcome, RunError> {
        let started = Instant::now();
        let total = self.plan.stages.len();
        if !self.overwrite {
            report_owner::check(out, self.file)?;
        }
        // Before artefacts are looked for: those that are found stay as long as this run and its report need them. A new
        // store has none, and is not created before the folders have been checked.
        let kept = self.store.root().is_dir().then(|| self.keep(out));
        let mut missing = self.missing()?;
        if !missing.contains(&true) && self.shows_this_plan(out) {
            return Ok(Outcome::Cached { stages: total });
        }
        self.check_contents(&mut missing)?;
        let to_run = missing.iter().filter(|missing| **missing).count();
        place("report", "--out", out)?;
        if to_run > 0 {
            place("store", "--store", self.store.root())?;
            // A store that is only read need not be writable.
            kept.unwrap_or_else(|| self.keep(out))?;
        }
        self.progress.say(
            Verbosity::Normal,
            format!(
                "{} cells, {total} stages: {} cached, {to_run} to run",
                self.plan.cells.len(),
                total - to_run
            ),
        );
        if to_run > 0 {
            weights::download(self.facts, self.progress)?;
            self.explain(&missing);
            let stages = self.plan.stages.iter().enumerate();
            self.store.record(stages.filter(|(index, _)| missing[*index]).map(|(_, stage)| stage))?;
        }
        let failures = executor::run(self, &missing);
        let seconds = started.elapsed().as_secs_f64();
        let shown = assemble::report(self, out, seconds, &failures)
            .map_err(|source| self.failed("report", "all cells", "all", source));
        match (failures.is_empty(), shown) {
            (true, Ok(_)) => Ok(Outcome::Ran { ran: to_run, cached: total - to_run }),
            (true, Err(error)) => Err(error),
            (false, shown) => {
                let report = matches!(shown, Ok(true)).then(|| out.join("index.html"));
                let skipped = failures.skipped().len();
                let mut failed = failures.into_errors();
                failed.extend(shown.err());
                Err(RunError::Unfinished { skipped, failed, report })
            }
        }
    }

    /// Records that the report is made from the stages of this plan.
    fn keep(&self, out: &Path) -> Result<(), StoreError> {
        let places: Vec<StageRef> = self.plan.stages.iter().map(camlab_graph::Stage::place).collect();
        self.store.keep(out, self.file, places.iter())
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
        self.progress.say(Verbosity::Normal, line);
        self.store.discard(place)?;
        Ok(true)
    }

    /// Says why each stage has to run, if that is shown: finding the reasons reads every recorded stage of the store.
    fn explain(&self, missing: &[bool]) {
        if !self.progress.shows(Verbosity::Verbose) {
            return;
        }
        let known = KnownSpecs::of(&self.store);
        for (stage, _) in self.plan.stages.iter().zip(missing).filter(|(_, missing)| **missing) {
            if let Some(changes) = known.changed(stage) {
                let line = format!("  {} {}: {}", stage.spec.kind, stage.hints.label, changes.join("; "));
                self.progress.say(Verbosity::Verbose, line);
            }
        }
    }

    fn shows_this_plan(&self, out: &Path) -> bool {
        let rows: Vec<RunRow> = frame::read(out).unwrap_or_default();
        // A report on a run that failed in part lacks what may have been made since.
        let whole = !rows.iter().any(|row| row.key == RunRow::FAILED);
        whole
            && frame::is_whole(out)
            && out.join("index.html").is_file()
            && RunRow::find(&rows, PLAN_KEY) == self.plan_key()
    }

    pub(super) fn failed(&self, stage: &str, label: &str, cell: &str, cause: anyhow::Error) -> RunError {
        RunError::Stage { stage: stage.to_owned(), label: label.to_owned(), cell: cell.to_owned(), cause }
    }
}

/// Fails before any stage runs if a folder is not writable.
fn place(what: &'static str, option: &'static str, folder: &Path) -> Result<(), RunError> {
    let unusable = |source| RunError::Place { what, option, folder: folder.to_path_buf(), source };
    file::check_writable(folder).map_err(unusable)
}
