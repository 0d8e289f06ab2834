//! Runs the stages of a plan, inputs first: gives jobs to a runner, and decides about those that fail.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::RunError;
use super::cause::FailureCause;
use super::events::{RunEvent, StageLog, StageName};
use super::failures::Failures;
use super::job::Runner;
use super::job_runner::JobRunner;
use super::make::{JobResult, Settled};
use super::schedule::{JobOrder, StageSchedule};
use super::stage_times::StageTimes;
use camlab_base::causes;
use camlab_config::Retries;
use camlab_graph::Stage;
use camlab_stage::Verbosity;
use camlab_store::Locked;

/// Longest wait for a job before signals and other processes are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Time between two looks at a stage that another process is making.
const POLL: Duration = Duration::from_millis(300);

/// Outcome of the stages of a run.
#[derive(Default)]
pub(super) struct Executed {
    /// The stages without an artefact.
    pub failures: Failures,
    /// Number of stages that this run made.
    pub made: usize,
    /// Number of stages that other processes made meanwhile.
    pub elsewhere: usize,
    /// The signal that ended the run.
    pub stopped: Option<i32>,
}

/// Runs all missing stages. A failure skips what is downstream of it and nothing else, unless the run is to fail fast.
pub(super) fn run(runner: &Runner<'_>, missing: &[bool], job_runner: &mut dyn JobRunner) -> Executed {
    let schedule = StageSchedule::new(&runner.plan.stages, missing);
    let (running, waiting) = (HashMap::new(), BTreeMap::new());
    let threads = runner.workers.as_ref().map(|workers| workers.threads);
    let (times, done) = (StageTimes::of(&runner.store, threads), Executed::default());
    let mut executor = Executor { runner, job_runner, schedule, running, waiting, times, jobs: 0, done };
    executor.run();
    executor.times.save();
    executor.done
}

struct Executor<'a> {
    runner: &'a Runner<'a>,
    job_runner: &'a mut dyn JobRunner,
    schedule: StageSchedule,
    running: HashMap<u64, JobOrder>,
    /// Stages that other processes are making, with the time of the last look.
    waiting: BTreeMap<usize, Instant>,
    times: StageTimes,
    /// Number of jobs so far.
    jobs: u64,
    done: Executed,
}

impl Executor<'_> {
    fn run(&mut self) {
        let mut asked = false;
        loop {
            let signal = self.runner.events.stop().signal();
            let ends = signal.is_some() || (self.runner.options.fail_fast && !self.done.failures.is_empty());
            if signal.is_some() && !asked {
                asked = true;
                self.job_runner.stop();
            }
            while !ends && self.job_runner.free() {
                let Some(order) = self.schedule.next() else { break };
                self.start(order);
            }
            let idle = self.running.is_empty() && self.waiting.is_empty() && !self.schedule.has_delayed();
            if idle || (ends && self.running.is_empty()) {
                self.done.stopped = signal;
                if ends {
                    self.done.failures.leave(self.schedule.left());
                }
                return;
            }
            if let Some((job, result)) = self.job_runner.wait(TICK) {
                self.settle(job, result);
            }
            self.poll();
        }
    }

    fn stage(&self, index: usize) -> &Stage {
        self.runner.plan.stages.get(index)
    }

    fn name(&self, index: usize) -> StageName {
        StageName::of(self.stage(index))
    }

    fn start(&mut self, order: JobOrder) {
        self.jobs += 1;
        let job = self.jobs;
        let runner = self.runner;
        let stages: Vec<&Stage> = order.stages.iter().map(|index| runner.plan.stages.get(*index)).collect();
        let paths = || stages.iter().map(|stage| runner.store.log(&stage.place())).collect();
        let attempt = order.failed + 1;
        let first = match stages.len() {
            1 => format!("attempt {attempt}, {}", runner.run_id),
            several => format!(
                "attempt {attempt}, {}, one of {several} stages that share their passes",
                runner.run_id
            ),
        };
        let mut log = StageLog::open(paths());
        log.write(&first);
        let started = match self.job_runner.start(job, &stages, &log) {
            Ok(pid) => pid,
            Err(error) => {
                self.failed(job, order, FailureCause::Other, error);
                return;
            }
        };
        let names: Vec<StageName> = order.stages.iter().map(|index| self.name(*index)).collect();
        let event = |stage| RunEvent::StageStarted { job, stage, attempt, pid: started };
        runner.events.tell(names.into_iter().map(event));
        runner.events.begin_job(job, log);
        self.running.insert(job, order);
    }

    fn settle(&mut self, job: u64, result: JobResult) {
        let Some(order) = self.running.remove(&job) else { return };
        self.runner.events.end_job(job);
        let mut rest = Vec::new();
        for (place, index) in order.stages.iter().enumerate() {
            match result.settled.iter().find(|(settled, _)| *settled == place) {
                // A process that ended after it had published an artefact could not tell.
                None if !self.is_there(*index) => rest.push(*index),
                None | Some((_, Settled::Made)) => {
                    let cost = self.runner.store.cost(&self.stage(*index).place()).unwrap_or_default();
                    let (stage, seconds, peak_bytes) = (self.name(*index), cost.seconds, cost.peak_bytes);
                    self.runner.events.tell([RunEvent::StageFinished { job, stage, seconds, peak_bytes }]);
                    self.times.learn(self.runner.plan.stages.get(*index), self.runner.facts, seconds);
                    self.done.made += 1;
                    self.finish(*index, Some(seconds));
                }
                Some((_, Settled::Cached)) => {
                    self.runner.events.tell([RunEvent::StageCached { stage: self.name(*index) }]);
                    self.done.elsewhere += 1;
                    self.finish(*index, None);
                }
                Some((_, Settled::Elsewhere(holder))) => self.wait_for(*index, holder.to_string()),
            }
        }
        if rest.is_empty() {
            // The stage that was tried alone is no longer a sign for the others.
            order.siblings.iter().for_each(|sibling| self.schedule.retry(JobOrder::of(vec![*sibling])));
            return;
        }
        let order = JobOrder { stages: rest, ..order };
        match result.failure {
            // It was asked to stop.
            Some(_) if self.runner.events.stop().signal().is_some() => {}
            Some((cause, error)) => self.failed(job, order, cause, error),
            None => {
                let error = anyhow::anyhow!("the job ended without a result");
                self.failed(job, order, FailureCause::Other, error);
            }
        }
    }

    /// `true` if a stage has its artefact by now.
    fn is_there(&self, index: usize) -> bool {
        self.runner.store.check(&self.stage(index).place()).is_ok_and(|there| there)
    }

    fn finish(&mut self, index: usize, seconds: Option<f64>) {
        self.schedule.done(index);
        self.runner.events.settle(index, seconds);
    }

    /// Waits for a stage that another process is making.
    fn wait_for(&mut self, index: usize, holder: String) {
        if self.waiting.insert(index, Instant::now()).is_none() {
            let stage = self.name(index);
            let line = format!("  waiting: {} {} is being made by {holder}", stage.kind, stage.label);
            self.runner.events.tell([RunEvent::StageWaiting { stage, holder }]);
            self.runner.events.say(Verbosity::Normal, line);
        }
    }

    /// Takes up the stages that no other process is making any longer: their artefact is there, or they run here.
    fn poll(&mut self) {
        let due: Vec<usize> = self
            .waiting
            .iter()
            .filter(|(_, looked)| looked.elapsed() >= POLL)
            .map(|(index, _)| *index)
            .collect();
        for index in due {
            // The lock of a dead process is taken over here: a worker has not watched its heartbeats.
            match self.runner.store.lock(&self.stage(index).place()) {
                Ok(Locked::Elsewhere(_)) => {
                    self.waiting.insert(index, Instant::now());
                    continue;
                }
                Ok(Locked::Held(lock)) => lock.release(true),
                // The stage itself will tell.
                Err(_) => {}
            }
            self.waiting.remove(&index);
            self.schedule.offer(index);
        }
    }

    /// Decides about stages without an artefact: tried again, tried one by one, or failed.
    fn failed(&mut self, job: u64, order: JobOrder, cause: FailureCause, error: anyhow::Error) {
        let text = causes(error.as_ref());
        let limit = retries(&self.runner.options.retries, cause);
        let Some((first, others)) = order.stages.split_first() else { return };
        // A file that cannot be read or written is the same for every stage of the job.
        if !others.is_empty() && cause != FailureCause::Io {
            self.attempt_failed(job, &order.stages, cause, &text, true);
            let (stages, siblings) = (vec![*first], others.to_vec());
            let shared_cause = (cause == FailureCause::Data).then_some(text);
            self.schedule.retry(JobOrder { siblings, shared_cause, ..JobOrder::of(stages) });
            return;
        }
        if order.failed < limit {
            self.attempt_failed(job, &order.stages, cause, &text, true);
            let StageName { kind, label, .. } = self.name(*first);
            let count = order.failed + 1;
            let cause = text.lines().next().unwrap_or_default();
            let line = format!("  again ({count} of {limit}): {kind} {label}, which failed: {cause}");
            self.runner.events.say(Verbosity::Normal, line);
            let not_before = Some(Instant::now() + pause(count));
            self.schedule.retry(JobOrder { failed: count, not_before, ..order });
            return;
        }
        let mut gone = order.stages.clone();
        // An image that the first stage alone cannot read either is the same for all.
        match order.shared_cause.as_ref() == Some(&text) {
            true => gone.extend(&order.siblings),
            false => {
                order.siblings.iter().for_each(|sibling| self.schedule.retry(JobOrder::of(vec![*sibling])))
            }
        }
        self.attempt_failed(job, &gone, cause, &text, false);
        self.give_up(&gone, error, cause, &text);
    }

    fn attempt_failed(&self, job: u64, stages: &[usize], cause: FailureCause, message: &str, again: bool) {
        let event = |index: &usize| {
            let (stage, message) = (self.name(*index), message.to_owned());
            StageLog::open(vec![self.runner.store.log(&self.stage(*index).place())])
                .write(&format!("failed: {}", message.lines().next().unwrap_or_default()));
            RunEvent::StageFailed { job, stage, cause, message, again }
        };
        self.runner.events.tell(stages.iter().map(event));
    }

    /// Notes that stages failed for one cause, and that what needs them does not run. The cause is told once, with the
    /// error of the whole run.
    fn give_up(&mut self, gone: &[usize], error: anyhow::Error, of: FailureCause, text: &str) {
        let Some(first) = gone.first() else { return };
        let StageName { kind, label, cell, .. } = self.name(*first);
        self.runner.events.say(Verbosity::Normal, format!("  failed: {kind} {label} ({cell})"));
        let mut error = Some(error);
        for index in gone {
            let cause = error.take().unwrap_or_else(|| anyhow::Error::msg(text.to_owned()));
            let failed = RunError::of_stage(self.stage(*index), cause);
            self.done.failures.add(*index, failed, of);
            self.runner.events.settle(*index, None);
            for reader in self.schedule.fail(*index) {
                if self.done.failures.skip(reader, *index) {
                    let (stage, needs) = (self.name(reader), self.stage(*index).key.to_string());
                    self.runner.events.tell([RunEvent::StageSkipped { stage, needs }]);
                    self.runner.events.settle(reader, None);
                }
            }
        }
    }
}

/// Pause before a further attempt: a file server that is away needs more than milliseconds.
fn pause(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.saturating_sub(1).min(5))
}

/// Further attempts at a stage that failed for a cause.
fn retries(retries: &Retries, cause: FailureCause) -> u32 {
    match cause {
        FailureCause::Panic => retries.panic,
        FailureCause::Memory => retries.memory,
        FailureCause::Timeout => retries.timeout,
        FailureCause::Killed => retries.killed,
        FailureCause::Io => retries.io,
        FailureCause::Diverged | FailureCause::Data | FailureCause::Other => 0,
    }
}
