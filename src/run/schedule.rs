//! The order of a run: stages that can run next, in jobs of those that share their passes. No I/O, no processes.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use camlab_graph::Stages;
use camlab_stage::{Kind, PassKey};

/// A job: stages that run together, and how often they were tried before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobOrder {
    /// Indices of the stages.
    pub stages: Vec<usize>,
    /// Failed attempts at this job.
    pub failed: u32,
    /// Stages that failed together with this one, which show if its cause is that of all.
    pub siblings: Vec<usize>,
    /// Text of their common cause, if it may be that of all.
    pub shared_cause: Option<String>,
    /// Time before which it does not run.
    pub not_before: Option<Instant>,
}

impl JobOrder {
    /// A job of some stages.
    pub fn of(stages: Vec<usize>) -> Self {
        Self { stages, failed: 0, siblings: Vec::new(), shared_cause: None, not_before: None }
    }
}

/// State of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has an artefact.
    Done,
    /// It needs so many stages that have none.
    Blocked(usize),
    /// It can run.
    Ready,
    /// It runs, or waits for another process.
    Taken,
    /// It failed, or needs one that failed.
    Gone,
}

/// The stages of a plan that are to run.
pub(super) struct StageSchedule {
    state: Vec<State>,
    /// Place of every stage in the order in which ready stages are taken.
    position: Vec<usize>,
    passes: Vec<Option<PassKey>>,
    readers: Vec<Vec<usize>>,
    /// Ready stages by their place.
    ready: BTreeSet<(usize, usize)>,
    /// Ready stages of those that may share their passes.
    sharing: BTreeSet<(usize, usize)>,
    /// Jobs to be tried again, or alone.
    again: VecDeque<JobOrder>,
}

impl StageSchedule {
    /// The stages that are missing.
    pub fn new(stages: &Stages, missing: &[bool]) -> Self {
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); stages.len()];
        let mut state = vec![State::Done; stages.len()];
        for index in (0..stages.len()).filter(|index| missing[*index]) {
            let needed: BTreeSet<usize> =
                stages.inputs(index).iter().copied().filter(|input| missing[*input]).collect();
            needed.iter().for_each(|input| readers[*input].push(index));
            state[index] = State::Blocked(needed.len());
        }
        let mut position = vec![0; stages.len()];
        for (at, index) in stages.ordered(Kind::rank).into_iter().enumerate() {
            position[index] = at;
        }
        let pass = |index: usize| -> Option<PassKey> {
            let stage = stages.get(index);
            missing[index].then(|| Kind::of(stage)?.pass(stage)).flatten()
        };
        let passes = (0..stages.len()).map(pass).collect();
        let (ready, sharing, again) = (BTreeSet::new(), BTreeSet::new(), VecDeque::new());
        let mut schedule = Self { state, position, passes, readers, ready, sharing, again };
        for index in 0..stages.len() {
            if schedule.state[index] == State::Blocked(0) {
                schedule.offer(index);
            }
        }
        schedule
    }

    /// The next job; `None` while nothing can run.
    pub fn next(&mut self) -> Option<JobOrder> {
        let now = Instant::now();
        let due = |order: &JobOrder| order.not_before.is_none_or(|time| time <= now);
        if let Some(order) = self.again.iter().position(due).and_then(|place| self.again.remove(place)) {
            return Some(order);
        }
        let (_, first) = self.ready.pop_first()?;
        let mut group = vec![first];
        if let Some(mut key) = self.passes[first].clone() {
            self.sharing.remove(&(self.position[first], first));
            let mut scores = key.versions.is_none();
            for (_, index) in &self.sharing {
                let Some(other) = self.passes[*index].as_ref().filter(|other| key.joins(other)) else {
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
        for index in &group {
            let entry = (self.position[*index], *index);
            self.ready.remove(&entry);
            self.sharing.remove(&entry);
            self.state[*index] = State::Taken;
        }
        Some(JobOrder::of(group))
    }

    /// Puts a job at the end of those that are tried again.
    pub fn retry(&mut self, order: JobOrder) {
        self.again.push_back(order);
    }

    /// `true` if a job is to be tried again later.
    pub fn has_delayed(&self) -> bool {
        !self.again.is_empty()
    }

    /// Gives a stage back that another process was making.
    pub fn offer(&mut self, stage: usize) {
        self.state[stage] = State::Ready;
        let entry = (self.position[stage], stage);
        self.ready.insert(entry);
        if self.passes[stage].is_some() {
            self.sharing.insert(entry);
        }
    }

    /// Notes that a stage has its artefact.
    pub fn done(&mut self, stage: usize) {
        self.state[stage] = State::Done;
        for reader in self.readers[stage].clone() {
            if let State::Blocked(needed) = &mut self.state[reader] {
                *needed = needed.saturating_sub(1);
                if *needed == 0 {
                    self.offer(reader);
                }
            }
        }
    }

    /// Notes that a stage failed; returns the stages that need it, each once.
    pub fn fail(&mut self, stage: usize) -> Vec<usize> {
        self.state[stage] = State::Gone;
        let (mut open, mut found) = (self.readers[stage].clone(), Vec::new());
        while let Some(reader) = open.pop() {
            if matches!(self.state[reader], State::Blocked(_)) {
                self.state[reader] = State::Gone;
                open.extend(&self.readers[reader]);
                found.push(reader);
            }
        }
        found.sort_unstable();
        found
    }

    /// The stages that neither ran nor failed.
    pub fn left(&self) -> Vec<usize> {
        let open =
            |index: &usize| matches!(self.state[*index], State::Blocked(_) | State::Ready | State::Taken);
        (0..self.state.len()).filter(open).collect()
    }
}

#[cfg(test)]
mod tests {
    use camlab_graph::{Hints, Inputs, Stage, StageOptions, StageSpec};

    use super::*;

    /// Stages that read those of the given indices.
    fn stages(inputs: &[&[usize]]) -> Stages {
        let mut stages = Stages::default();
        for (index, reads) in inputs.iter().enumerate() {
            let mut all = Inputs::new();
            reads.iter().for_each(|read| all.push("input", stages.get(*read).input()));
            let params = StageOptions::new(&index.into());
            let spec = StageSpec { kind: "test".into(), version: 1, params, inputs: all, instructions: None };
            stages.add(Stage::new(spec, Hints::default()));
        }
        stages
    }

    /// 0 and 1 are independent; 2 reads both; 3 reads 1; 4 reads 2.
    fn diamond(missing: [bool; 5]) -> StageSchedule {
        StageSchedule::new(&stages(&[&[], &[], &[0, 1], &[1], &[2]]), &missing)
    }

    fn taken(schedule: &mut StageSchedule) -> Vec<usize> {
        std::iter::from_fn(|| schedule.next()).flat_map(|order| order.stages).collect()
    }

    #[test]
    fn a_stage_comes_after_all_that_it_reads() {
        let mut schedule = diamond([true; 5]);
        assert_eq!(taken(&mut schedule), [0, 1]);
        schedule.done(1);
        assert_eq!(taken(&mut schedule), [3]);
        schedule.done(0);
        assert_eq!(taken(&mut schedule), [2]);
        assert_eq!(schedule.left(), [2, 3, 4]);
        schedule.done(2);
        assert_eq!(taken(&mut schedule), [4]);
    }

    #[test]
    fn stages_with_an_artefact_are_not_waited_for() {
        let mut schedule = diamond([false, false, true, false, true]);
        assert_eq!(taken(&mut schedule), [2]);
    }

    #[test]
    fn a_failure_takes_along_what_is_downstream_of_it_alone() {
        let mut schedule = diamond([true; 5]);
        assert_eq!(taken(&mut schedule), [0, 1]);
        assert_eq!(schedule.fail(0), [2, 4]);
        schedule.done(1);
        assert_eq!(taken(&mut schedule), [3]);
        schedule.done(3);
        assert_eq!(schedule.left(), Vec::<usize>::new());
    }

    #[test]
    fn a_stage_given_back_is_taken_again_and_what_is_retried_comes_first() {
        let mut schedule = diamond([true; 5]);
        assert_eq!(taken(&mut schedule), [0, 1]);
        schedule.offer(1);
        schedule.retry(JobOrder::of(vec![0]));
        assert_eq!(taken(&mut schedule), [0, 1]);
    }
}
