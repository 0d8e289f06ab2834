//! Runs the stages of a plan in this process, inputs first.

use std::collections::BTreeMap;

use super::RunError;
use super::job::Runner;
use super::stage_times::StageTimes;
use camlab_base::causes;
use camlab_graph::Stage;
use camlab_stage::{Job, Kind, PassKey, Verbosity, run as run_stages};

/// The stages that have no artefact after a run.
#[derive(Default)]
pub(super) struct Failures {
    /// Errors of the stages that failed.
    errors: BTreeMap<usize, RunError>,
    /// Stages that were not run, with the failed one that they need.
    skipped: BTreeMap<usize, usize>,
}

impl Failures {
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors, in the order of the plan.
    pub fn errors(&self) -> impl Iterator<Item = &RunError> {
        self.errors.values()
    }

    pub fn into_errors(self) -> Vec<RunError> {
        self.errors.into_values().collect()
    }

    /// Stages that were not run, with the failed one that they need.
    pub fn skipped(&self) -> &BTreeMap<usize, usize> {
        &self.skipped
    }

    /// `true` if a stage has no artefact.
    pub fn lacks(&self, stage: usize) -> bool {
        self.errors.contains_key(&stage) || self.skipped.contains_key(&stage)
    }

    /// Notes that stages failed together. The cause is told once, with the error of the whole run.
    fn add(&mut self, runner: &Runner<'_>, group: &[usize], cause: anyhow::Error) {
        let Some((first, others)) = group.split_first() else { return };
        let Stage { spec, hints, .. } = runner.plan.stages.get(*first);
        let line = format!("  failed: {} {} ({})", spec.kind, hints.label, hints.cell);
        runner.progress.say(Verbosity::Normal, line);
        for other in others {
            let Stage { spec, hints, .. } = runner.plan.stages.get(*other);
            let same = anyhow::Error::msg(causes(cause.as_ref()));
            self.errors.insert(*other, runner.failed(&spec.kind, &hints.label, &hints.cell, same));
        }
        self.errors.insert(*first, runner.failed(&spec.kind, &hints.label, &hints.cell, cause));
    }

    /// The failed stage because of which an artefact is missing.
    fn cause(&self, inputs: &[usize]) -> Option<usize> {
        inputs.iter().find_map(|input| match self.skipped.get(input) {
            Some(cause) => Some(*cause),
            None => self.errors.contains_key(input).then_some(*input),
        })
    }
}

/// Runs all missing stages. A failure skips what is downstream of it and nothing else.
pub(super) fn run(runner: &Runner<'_>, missing: &[bool]) -> Failures {
    let stages = &runner.plan.stages;
    let mut failures = Failures::default();
    let mut open: Vec<bool> = missing.to_vec();
    let order = stages.ordered(Kind::rank);
    let pass = |index: usize| -> Option<PassKey> {
        let stage = stages.get(index);
        missing[index].then(|| Kind::of(stage)?.pass(stage)).flatten()
    };
    let passes: Vec<Option<PassKey>> = (0..stages.len()).map(pass).collect();
    let mut times = StageTimes::of(&runner.store, runner.facts);
    for (at, first) in order.iter().enumerate() {
        if !open[*first] {
            continue;
        }
        if let Some(cause) = failures.cause(stages.inputs(*first)) {
            failures.skipped.insert(*first, cause);
            open[*first] = false;
            continue;
        }
        let mut group = vec![*first];
        if let Some(mut key) = passes[*first].clone() {
            let mut scores = key.versions.is_none();
            for index in &order[at + 1..] {
                let ready = open[*index]
                    && stages.inputs(*index).iter().all(|input| !open[*input])
                    && failures.cause(stages.inputs(*index)).is_none();
                let Some(other) = passes[*index].as_ref().filter(|other| ready && key.joins(other)) else {
                    continue;
                };
                if other.versions.is_none() {
                    if scores {
                        continue;
                    }
                    scores = true;
                }
                key.absorb(other);
                group.push(*index);
            }
        }
        group.iter().for_each(|index| open[*index] = false);
        match run_group(runner, &group) {
            Ok(()) => group.iter().for_each(|index| times.learn(stages.get(*index))),
            Err(cause) if group.len() > 1 && !is_io(&cause) => {
                run_alone(runner, &group, &cause, &mut failures)
            }
            Err(cause) => failures.add(runner, &group, cause),
        }
    }
    times.save();
    failures
}

/// Runs the stages of a group that failed one by one, so that one that cannot run takes no other with it.
fn run_alone(runner: &Runner<'_>, group: &[usize], cause: &anyhow::Error, failures: &mut Failures) {
    for (place, index) in group.iter().enumerate() {
        let Err(alone) = run_group(runner, &[*index]) else { continue };
        // A cause that the first stage alone has too, such as a bad image, is that of all.
        if place == 0 && causes(alone.as_ref()) == causes(cause.as_ref()) {
            return failures.add(runner, group, alone);
        }
        failures.add(runner, &[*index], alone);
    }
}

/// `true` if the cause is a file that cannot be read or written.
fn is_io(cause: &anyhow::Error) -> bool {
    cause.chain().any(|cause| cause.is::<std::io::Error>())
}

fn run_group(runner: &Runner<'_>, group: &[usize]) -> anyhow::Result<()> {
    let job = |index: &usize| Job {
        stage: runner.plan.stages.get(*index),
        store: &runner.store,
        progress: runner.progress,
    };
    let jobs: Vec<Job<'_>> = group.iter().map(job).collect();
    run_stages(&jobs)?;
    for job in jobs {
        job.working().clear()?;
    }
    Ok(())
}
