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
use camlab_stage::{agree, analyse, derive, evaluate, fuse, map, relate, sanity, train};

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
    pub fn run(&self, out: &Path) -> Result<Outcome, RunError> {
        let started = Instant::now();
        let stages = self.plan.materials();
        let missing: Vec<&&StageSpec> =
            stages.iter().filter(|material| self.store.get(material).is_none()).collect();
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
        // Looking for the reasons reads every manifest of the store.
        for material in missing.into_iter().filter(|_| self.progress.shows(Verbosity::Verbose)) {
            if let Some(changes) = self.store.changed(material) {
                let line = format!("  {} {}: {}", material.stage, material.label, changes.join("; "));
                self.progress.say(Verbosity::Verbose, line);
            }
        }
        let diverged = self.networks()?;
        if diverged.is_empty() {
            self.judge(out, started, &[])?;
            return Ok(Outcome::Ran { ran: to_run, cached: total - to_run });
        }
        // What does not need the networks that failed goes on without them.
        let (networks, failed): (Vec<usize>, Vec<RunError>) = diverged.into_iter().unzip();
        let rest = self.plan.without(&networks);
        if rest.maps.is_empty() {
            return Err(RunError::Diverged { failed, report: None });
        }
        let Self { file, text, facts, progress, render, .. } = *self;
        let others = Runner { file, text, plan: &rest, facts, store: self.store.clone(), progress, render };
        others.judge(out, started, &failed)?;
        Err(RunError::Diverged { failed, report: Some(out.join("index.html")) })
    }

    /// Maps, rows and the report, which names what failed.
    fn judge(&self, out: &Path, started: Instant, failed: &[RunError]) -> Result<(), RunError> {
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

    /// Trains and fuses what is missing; a network whose loss diverges is told of, and leaves the others running,
    /// but for what would be fused from it.
    fn networks(&self) -> Result<Vec<(usize, RunError)>, RunError> {
        let mut diverged: Vec<(usize, RunError)> = Vec::new();
        for (index, stage) in self.plan.networks.iter().enumerate().filter(|(_, stage)| stage.is_kept()) {
            if self.store.get(&stage.material).is_some() {
                // Left over where a run was killed between publishing and clearing up.
                self.store.working(&stage.material).clear()?;
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
                    Some(member) => {
                        Err(MissingMember(self.plan.networks[*member].material.label.clone()).into())
                    }
                    None => fuse::run(self.plan, self.facts, &self.store, stage, self.progress),
                };
                ("fuse", done)
            }
        };
        done.map_err(|source| self.failed(name, &stage.material.label, stage.cell, source))
    }

    /// Looks through the networks for every map and every class score that is missing.
    fn passes(&self) -> Result<(), RunError> {
        // One pass serves all methods and layers of one network, as long as images, target and precision are the same.
        let mut groups: BTreeMap<(usize, String), map::PassGroup<'_>> = BTreeMap::new();
        for stage in &self.plan.maps {
            let Some(passes) = stage.passes() else { continue };
            if self.store.get(&stage.material).is_none() {
                let StageSpec { inputs, params, .. } = &stage.material;
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
            if self.store.get(&stage.material).is_none() {
                let StageSpec { inputs, params, .. } = &stage.material;
                let shared = format!("{}{}", inputs["images"], params["precision"]);
                // Any pass over these images sees the scores, whatever class its maps are for.
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
                (Some((stage, _)), _) => &stage.material.label,
                (None, Some(stage)) => &stage.material.label,
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

    /// Makes what is made of maps and class scores, each after what it is made of.
    fn derive(&self) -> Result<(), RunError> {
        for stage in self.plan.maps.iter().filter(|stage| stage.passes().is_none()) {
            if self.store.get(&stage.material).is_none() {
                derive::cluster(self.plan, self.facts, &self.store, stage, self.progress).map_err(
                    |source| {
                        let label = stage.cluster().map_or("", |cluster| &cluster.material.label);
                        self.failed("cluster", label, stage.cell, source)
                    },
                )?;
                derive::run(self.plan, self.facts, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("map", &stage.material.label, stage.cell, source))?;
            }
        }
        Ok(())
    }

    fn evaluate(&self) -> Result<(), RunError> {
        for stage in &self.plan.evaluations {
            if self.store.get(&stage.material).is_none() {
                evaluate::run(self.plan, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("evaluate", &stage.material.label, stage.cell, source))?;
            }
        }
        Ok(())
    }

    /// Compares maps with reference maps, and looks through networks that forget.
    fn compare(&self) -> Result<(), RunError> {
        for stage in self.plan.agreements.iter().filter(|stage| self.store.get(&stage.material).is_none()) {
            agree::run(self.plan, &self.store, stage, self.progress)
                .map_err(|source| self.failed("agree", &stage.material.label, stage.cell, source))?;
        }
        for stage in self.plan.sanities.iter().filter(|stage| self.store.get(&stage.material).is_none()) {
            sanity::run(self.plan, self.facts, &self.store, stage, self.progress)
                .map_err(|source| self.failed("sanity", &stage.material.label, stage.cell, source))?;
        }
        Ok(())
    }

    /// Looks at maps together: as answers, and at each other.
    fn analyse(&self) -> Result<(), RunError> {
        for stage in &self.plan.analyses {
            if self.store.get(&stage.material).is_none() {
                analyse::run(self.plan, self.facts, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("analyse", &stage.material.label, stage.cell, source))?;
            }
        }
        for stage in &self.plan.relations {
            if self.store.get(&stage.material).is_none() {
                relate::run(self.plan, &self.store, stage, self.progress)
                    .map_err(|source| self.failed("relate", &stage.material.label, stage.cell, source))?;
            }
        }
        Ok(())
    }

    fn failed(&self, stage: &'static str, label: &str, cell: usize, cause: anyhow::Error) -> RunError {
        let cell = self.plan.cells.get(cell).map_or_else(String::new, |cell| cell.id.clone());
        RunError::Stage { stage, label: label.to_string(), cell, cause }
    }
}

/// Fails before anything runs where what is made could not be kept.
fn place(what: &'static str, option: &'static str, folder: &Path) -> Result<(), RunError> {
    let unusable = |source| RunError::Place { what, option, folder: folder.to_path_buf(), source };
    file::check_writable(folder).map_err(unusable)
}

/// A network that cannot be fused, because the one of this name could not be trained.
#[derive(Debug, thiserror::Error)]
#[error("its member `{0}` could not be trained")]
struct MissingMember(String);
