use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::RunError;
use super::job::{PLAN_KEY, Runner};
use super::{assemble, weights};
use camlab_base::file;
use camlab_frame::{self as frame, RunRow};
use camlab_nn::train::TrainError;
use camlab_plan::{NetworkOrigin, NetworkStage, StageSpec};
use camlab_stage::Verbosity;
use camlab_stage::{
    analyse, derive, evaluate, fuse, map, pairwise_divergence, reference_agreement, sanity, train,
};

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
    /// The first stage that fails, with its cell; finished artefacts stay in the store. Diverged networks are
    /// reported after all stages that do not depend on them have run.
    pub fn run(&self, out: &Path) -> Result<Outcome, RunError> {
        let started = Instant::now();
        let stages = self.plan.specs();
        let missing: Vec<&&StageSpec> = stages.iter().filter(|spec| self.store.get(spec).is_none()).collect();
        let (total, to_run) = (stages.len(), missing.len());
        if to_run == 0 && self.shows_this_plan(out) {
            return Ok(Outcome::Cached { stages: total });
        }
        place("report", "--out", out)?;
        if to_run > 0 {
            place("store", "--store", self.store.root())?;
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
        }
        // Only if shown: finding the reasons reads every manifest of the store.
        for spec in missing.into_iter().filter(|_| self.progress.shows(Verbosity::Verbose)) {
            if let Some(changes) = self.store.changed(spec) {
                let line = format!("  {} {}: {}", spec.stage, spec.label, changes.join("; "));
                self.progress.say(Verbosity::Verbose, line);
            }
        }
        let diverged = self.networks()?;
        if diverged.is_empty() {
            self.evaluate_and_report(out, started, &[])?;
            return Ok(Outcome::Ran { ran: to_run, cached: total - to_run });
        }
        // The stages that do not depend on failed networks still run.
        let (networks, failed): (Vec<usize>, Vec<RunError>) = diverged.into_iter().unzip();
        let rest = self.plan.without(&networks);
        if rest.maps.is_empty() {
            return Err(RunError::Diverged { failed, report: None });
        }
        let Self { file, text, facts, progress, render, .. } = *self;
        let others = Runner { file, text, plan: &rest, facts, store: self.store.clone(), progress, render };
        others.evaluate_and_report(out, started, &failed)?;
        Err(RunError::Diverged { failed, report: Some(out.join("index.html")) })
    }

    /// Computes maps, evaluations and the report, which lists the failed networks.
    fn evaluate_and_report(&self, out: &Path, started: Instant, failed: &[RunError]) -> Result<(), RunError> {
        self.passes()?;
        self.derive()?;
        self.evaluate()?;
        self.analyse()?;
        self.compare()?;
        let seconds = started.elapsed().as_secs_f64();
        assemble::report(self, out, seconds, failed)
            .map_err(|source| self.failed("report", "all cells", 0, source))
    }

    fn shows_this_plan(&self, out: &Path) -> bool {
        let rows: Vec<RunRow> = frame::read(out).unwrap_or_default();
        out.join("index.html").is_file() && RunRow::find(&rows, PLAN_KEY) == self.plan_key()
    }

    /// Trains and fuses the missing networks. Returns those that diverged, with their errors, and fusions with such a
    /// member; the other networks still run.
    fn networks(&self) -> Result<Vec<(usize, RunError)>, RunError> {
        let mut diverged: Vec<(usize, RunError)> = Vec::new();
        for (index, stage) in self.plan.networks.iter().enumerate().filter(|(_, stage)| stage.is_kept()) {
            if self.store.get(&stage.spec).is_some() {
                // May remain if a run was killed after publishing the artefact and before cleaning up.
                self.store.working(&stage.spec).clear()?;
                continue;
            }
            if let Err(error) = self.network(stage, &diverged) {
                let RunError::Stage { cause, .. } = &error else { return Err(error) };
                if !(cause.is::<MissingMember>()
                    || matches!(cause.downcast_ref(), Some(TrainError::Diverged { .. })))
                {
                    return Err(error);
                }
                self.progress.say(Verbosity::Normal, format!("  {error}"));
                diverged.push((index, error));
            }
        }
        Ok(diverged)
    }

    fn network(&self, stage: &NetworkStage, diverged: &[(usize, RunError)]) -> Result<(), RunError> {
        let (name, done) = match stage.origin {
            NetworkOrigin::Init { .. } => {
                ("train", train::run(self.plan, self.facts, &self.store, stage, self.progress))
            }
            NetworkOrigin::Fusion { .. } => {
                let lost = stage.members().iter().find(|member| diverged.iter().any(|(d, _)| d == *member));
                let done = match lost {
                    Some(member) => Err(MissingMember(self.plan.networks[*member].spec.label.clone()).into()),
                    None => fuse::run(self.plan, self.facts, &self.store, stage, self.progress),
                };
                ("fuse", done)
            }
        };
        done.map_err(|source| self.failed(name, &stage.spec.label, stage.cell, source))
    }

    /// Runs the passes for all missing maps and logits.
    fn passes(&self) -> Result<(), RunError> {
        // One pass serves all methods and layers of one network if images, target and precision are the same.
        let mut groups: BTreeMap<(usize, String), map::PassGroup<'_>> = BTreeMap::new();
        for stage in &self.plan.maps {
            let Some(passes) = stage.passes() else { continue };
            if self.store.get(&stage.spec).is_none() {
                let StageSpec { inputs, params, .. } = &stage.spec;
                let shared = format!("{}{}{}", inputs["images"], params["precision"], passes.look.shared());
                let group = groups.entry((passes.network, shared)).or_insert_with(|| map::PassGroup {
                    network: passes.network,
                    precision: passes.precision,
                    cell: stage.cell,
                    maps: Vec::new(),
                    prediction: None,
                });
                group.maps.push((stage, passes));
            }
        }
        for stage in &self.plan.predictions {
            if self.store.get(&stage.spec).is_none() {
                let StageSpec { inputs, params, .. } = &stage.spec;
                let shared = format!("{}{}", inputs["images"], params["precision"]);
                // Any pass over these images computes the logits, independently of its target class.
                let found = groups.iter_mut().find(|((network, key), group)| {
                    *network == stage.network && key.starts_with(&shared) && group.prediction.is_none()
                });
                match found {
                    Some((_, group)) => group.prediction = Some(stage),
                    None => {
                        let (network, precision, cell) = (stage.network, stage.precision, stage.cell);
                        let prediction = Some(stage);
                        let group = map::PassGroup { network, precision, cell, maps: Vec::new(), prediction };
                        groups.insert((network, shared), group);
                    }
                }
            }
        }
        for group in groups.values() {
            let label = match (group.maps.first(), group.prediction) {
                (Some((stage, _)), _) => &stage.spec.label,
                (None, Some(stage)) => &stage.spec.label,
                (None, None) => continue,
            };
            let skipped = map::run(self.plan, self.facts, &self.store, group, self.progress)
                .map_err(|source| self.failed("map", label, group.cell, source))?;
            for line in skipped {
                self.progress.say(Verbosity::Normal, format!("  skipped {line}"));
            }
        }
        Ok(())
    }

    /// Computes the derived maps in the order of the plan, so that inputs come first.
    fn derive(&self) -> Result<(), RunError> {
        for stage in self.plan.maps.iter().filter(|stage| stage.passes().is_none()) {
            if self.store.get(&stage.spec).is_none() {
                derive::cluster(self.plan, self.facts, &self.store, stage, self.progress).map_err(
                    |source| {
                        let label = stage.cluster().map_or("", |cluster| &cluster.spec.label);
                        self.failed("cluster", label, stage.cell, source)
                    },
                )?;
                derive::run(self.plan, self.facts, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("map", &stage.spec.label, stage.cell, source))?;
            }
        }
        Ok(())
    }

    fn evaluate(&self) -> Result<(), RunError> {
        for stage in &self.plan.evaluations {
            if self.store.get(&stage.spec).is_none() {
                evaluate::run(self.plan, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("evaluate", &stage.spec.label, stage.cell, source))?;
            }
        }
        Ok(())
    }

    /// Runs the comparisons with reference maps and the cascading randomisations.
    fn compare(&self) -> Result<(), RunError> {
        for stage in self.plan.agreements.iter().filter(|stage| self.store.get(&stage.spec).is_none()) {
            reference_agreement::run(self.plan, &self.store, stage, self.progress).map_err(|source| {
                self.failed("reference-agreement", &stage.spec.label, stage.cell, source)
            })?;
        }
        for stage in self.plan.sanities.iter().filter(|stage| self.store.get(&stage.spec).is_none()) {
            sanity::run(self.plan, self.facts, &self.store, stage, self.progress)
                .map_err(|source| self.failed("sanity", &stage.spec.label, stage.cell, source))?;
        }
        Ok(())
    }

    /// Runs the classifications from class maps and the pairwise divergences.
    fn analyse(&self) -> Result<(), RunError> {
        for stage in &self.plan.analyses {
            if self.store.get(&stage.spec).is_none() {
                analyse::run(self.plan, self.facts, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("analyse", &stage.spec.label, stage.cell, source))?;
            }
        }
        for stage in &self.plan.relations {
            if self.store.get(&stage.spec).is_none() {
                pairwise_divergence::run(self.plan, &self.store, stage, self.progress).map_err(|source| {
                    self.failed("pairwise-divergence", &stage.spec.label, stage.cell, source)
                })?;
            }
        }
        Ok(())
    }

    fn failed(&self, stage: &'static str, label: &str, cell: usize, cause: anyhow::Error) -> RunError {
        let cell = self.plan.cells.get(cell).map_or_else(String::new, |cell| cell.id.clone());
        RunError::Stage { stage, label: label.to_string(), cell, cause }
    }
}

/// Fails before any stage runs if a folder is not writable.
fn place(what: &'static str, option: &'static str, folder: &Path) -> Result<(), RunError> {
    let unusable = |source| RunError::Place { what, option, folder: folder.to_path_buf(), source };
    file::check_writable(folder).map_err(unusable)
}

/// A fusion that cannot run because training of the named member failed.
#[derive(Debug, thiserror::Error)]
#[error("its member `{0}` could not be trained")]
struct MissingMember(String);
