use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::job::{PLAN_KEY, Runner};
use super::progress::Verbosity;
use super::{StageError, assemble, evaluate, map, train};
use crate::frame::{self, RunRow};
use crate::nn::train::TrainError;
use crate::plan::{MapStage, Material};

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every stage was there, and the report shows just them.
    Cached {
        /// How many.
        stages: usize,
    },
    /// Some stages ran, or the report was made anew.
    Ran {
        /// Stages that ran.
        ran: usize,
        /// Stages that were there.
        cached: usize,
    },
}

impl Runner<'_> {
    /// Runs what is missing and writes the report to `out`.
    ///
    /// # Errors
    /// The first stage that fails, with its cell; what was finished before stays in the store.
    pub fn run(&self, out: &Path) -> Result<Outcome, StageError> {
        let started = Instant::now();
        let stages = self.plan.materials();
        let missing: Vec<&&Material> =
            stages.iter().filter(|material| self.store.get(material).is_none()).collect();
        let (total, to_run) = (stages.len(), missing.len());
        if to_run == 0 && self.shows_this_plan(out) {
            return Ok(Outcome::Cached { stages: total });
        }
        self.progress.say(
            Verbosity::Normal,
            format!(
                "{} cells, {total} stages: {} cached, {to_run} to run",
                self.plan.cells.len(),
                total - to_run
            ),
        );
        // Looking for the reasons reads every manifest of the store.
        for material in missing.into_iter().filter(|_| self.progress.shows(Verbosity::Verbose)) {
            if let Some(changes) = self.store.changed(material) {
                let line = format!("  {} {}: {}", material.stage, material.label, changes.join("; "));
                self.progress.say(Verbosity::Verbose, line);
            }
        }
        let diverged = self.train()?;
        if diverged.is_empty() {
            self.judge(out, started, &[])?;
            return Ok(Outcome::Ran { ran: to_run, cached: total - to_run });
        }
        // What does not need the networks that failed goes on without them.
        let (networks, failed): (Vec<usize>, Vec<StageError>) = diverged.into_iter().unzip();
        let rest = self.plan.without(&networks);
        if rest.maps.is_empty() {
            return Err(StageError::Diverged { failed, report: None });
        }
        let Self { file, text, facts, progress, .. } = *self;
        let others = Runner { file, text, plan: &rest, facts, store: self.store.clone(), progress };
        others.judge(out, started, &failed)?;
        Err(StageError::Diverged { failed, report: Some(out.join("index.html")) })
    }

    /// Maps, rows and the report, which names what failed.
    fn judge(&self, out: &Path, started: Instant, failed: &[StageError]) -> Result<(), StageError> {
        self.map()?;
        self.evaluate()?;
        let seconds = started.elapsed().as_secs_f64();
        assemble::report(self, out, seconds, failed)
            .map_err(|source| self.failed("report", "all cells", 0, source))
    }

    fn shows_this_plan(&self, out: &Path) -> bool {
        let rows: Vec<RunRow> = frame::read(out).unwrap_or_default();
        out.join("index.html").is_file() && RunRow::find(&rows, PLAN_KEY) == self.plan_key()
    }

    /// Trains what is missing; a network whose loss diverges is told of, and leaves the others running.
    fn train(&self) -> Result<Vec<(usize, StageError)>, StageError> {
        let mut diverged = Vec::new();
        for (index, stage) in self.plan.networks.iter().enumerate().filter(|(_, stage)| stage.trained) {
            if self.store.get(&stage.material).is_some() {
                // Left over where a run was killed between publishing and clearing up.
                self.store.working(&stage.material).clear()?;
                continue;
            }
            if let Err(source) = train::run(self.plan, self.facts, &self.store, stage, self.progress) {
                let hopeless = matches!(source.downcast_ref(), Some(TrainError::Diverged { .. }));
                let error = self.failed("train", &stage.material.label, stage.cell, source);
                if !hopeless {
                    return Err(error);
                }
                self.progress.say(Verbosity::Normal, format!("  {error}"));
                diverged.push((index, error));
            }
        }
        Ok(diverged)
    }

    fn map(&self) -> Result<(), StageError> {
        // One pass serves all methods and layers of one network, as long as images, target and precision are the same.
        let mut groups: BTreeMap<(usize, String), Vec<&MapStage>> = BTreeMap::new();
        for stage in &self.plan.maps {
            if self.store.get(&stage.material).is_none() {
                let Material { inputs, params, .. } = &stage.material;
                let shared = stage.look.shared();
                let shared = format!("{}{}{shared}", inputs["images"], params["precision"]);
                groups.entry((stage.network, shared)).or_default().push(stage);
            }
        }
        for stages in groups.values() {
            let skipped = map::run(self.plan, self.facts, &self.store, stages, self.progress)
                .map_err(|source| self.failed("map", &stages[0].material.label, stages[0].cell, source))?;
            for line in skipped {
                self.progress.say(Verbosity::Normal, format!("  skipped {line}"));
            }
        }
        Ok(())
    }

    fn evaluate(&self) -> Result<(), StageError> {
        for stage in &self.plan.evaluations {
            if self.store.get(&stage.material).is_none() {
                evaluate::run(self.plan, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("evaluate", &stage.material.label, stage.cell, source))?;
            }
        }
        Ok(())
    }

    fn failed(&self, stage: &'static str, label: &str, cell: usize, source: anyhow::Error) -> StageError {
        let cell = self.plan.cells.get(cell).map_or_else(String::new, |cell| cell.id.clone());
        StageError::Stage { stage, label: label.to_string(), cell, source }
    }
}
