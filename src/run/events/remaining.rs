//! The time that the stages of a run still take.

use std::collections::HashMap;

use camlab_base::spoken;
use camlab_graph::SharedText;

/// Stages of a run that are done and to do, with their expected time.
#[derive(Debug, Default)]
pub(crate) struct Remaining {
    stages: Vec<ExpectedStage>,
    /// Number of stages, and their seconds, of every kind that this run has made.
    made: HashMap<SharedText, (usize, f64)>,
    all: usize,
    done: usize,
    /// Jobs that run side by side.
    side_by_side: usize,
}

/// A stage of the run.
#[derive(Debug)]
pub(crate) struct ExpectedStage {
    pub kind: SharedText,
    /// Expected seconds; `None` where no earlier run measured anything like it.
    pub seconds: Option<f64>,
    /// True if it is to run and not done.
    pub open: bool,
}

/// The expected time until a run ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ExpectedTime {
    /// Seconds of the stages that something is known of.
    pub seconds: f64,
    /// True if these are all that are left.
    pub complete: bool,
}

impl Remaining {
    /// All stages of a plan.
    pub fn new(stages: Vec<ExpectedStage>, side_by_side: usize) -> Self {
        let all = stages.iter().filter(|stage| stage.open).count();
        Self { stages, made: HashMap::new(), all, done: 0, side_by_side: side_by_side.max(1) }
    }

    /// Counts a stage that has its artefact, failed, or is not run; with its seconds if this run made it.
    pub fn settle(&mut self, index: usize, seconds: Option<f64>) {
        let Some(stage) = self.stages.get_mut(index).filter(|stage| stage.open) else { return };
        stage.open = false;
        self.done += 1;
        if let Some(seconds) = seconds {
            let (count, sum) = self.made.entry(stage.kind.clone()).or_default();
            (*count, *sum) = (*count + 1, *sum + seconds);
        }
    }

    /// Number of stages to run.
    pub fn all(&self) -> usize {
        self.all
    }

    /// Number of stages that are settled.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Expected time until the run ends; `None` while nothing is known. A stage that nothing was known of takes the mean of
    /// those of its kind that this run has made.
    pub fn expected(&self) -> Option<ExpectedTime> {
        let (mut seconds, mut known, mut complete) = (0.0, false, true);
        for stage in self.stages.iter().filter(|stage| stage.open) {
            let mean = || self.made.get(&stage.kind).map(|(count, sum)| sum / *count as f64);
            match stage.seconds.or_else(mean) {
                Some(expected) => (seconds, known) = (seconds + expected, true),
                None => complete = false,
            }
        }
        known.then(|| ExpectedTime { seconds: seconds / self.side_by_side as f64, complete })
    }

    /// `about 3 min left`, `at least 3 min left`, or nothing.
    pub fn words(&self) -> String {
        match self.expected() {
            Some(ExpectedTime { seconds, complete }) if self.done < self.all => {
                format!("{} {} left", if complete { "about" } else { "at least" }, spoken(seconds))
            }
            _ => String::new(),
        }
    }

    /// `3 of 12 stages, about 3 min left`.
    pub fn sentence(&self) -> String {
        let words = self.words();
        let gap = if words.is_empty() { "" } else { ", " };
        format!("{} of {} stages{gap}{words}", self.done, self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(kind: &str, seconds: Option<f64>, open: bool) -> ExpectedStage {
        ExpectedStage { kind: kind.into(), seconds, open }
    }

    #[test]
    fn known_stages_count_their_expected_time() {
        let stages = [(Some(10.0), true), (Some(99.0), false), (Some(30.0), true)];
        let stages = stages.map(|(seconds, open)| stage("map", seconds, open));
        let mut remaining = Remaining::new(stages.into(), 2);
        let time = |seconds| Some(ExpectedTime { seconds, complete: true });
        assert_eq!((remaining.all(), remaining.expected()), (2, time(20.0)));
        remaining.settle(0, Some(12.0));
        remaining.settle(0, None);
        assert_eq!((remaining.done(), remaining.expected()), (1, time(15.0)));
        assert_eq!(remaining.sentence(), "1 of 2 stages, about 15 s left");
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known() {
        let remaining = Remaining::new(vec![stage("map", None, true)], 1);
        assert_eq!((remaining.expected(), remaining.sentence().as_str()), (None, "0 of 1 stages"));
    }

    #[test]
    fn an_unknown_kind_takes_at_least_what_is_known_of_the_others() {
        let train = || stage("train", None, true);
        let mut remaining = Remaining::new(vec![train(), train(), train(), stage("map", None, true)], 1);
        remaining.settle(0, Some(20.0));
        assert_eq!(remaining.sentence(), "1 of 4 stages, at least 40 s left");
        remaining.settle(3, Some(1.0));
        assert_eq!(remaining.sentence(), "2 of 4 stages, about 40 s left");
    }
}
