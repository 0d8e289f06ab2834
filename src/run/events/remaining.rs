//! The time that the stages of a run still take.

use std::time::Instant;

use camlab_base::spoken;

/// Stages of a run that are done and to do, with their expected time.
#[derive(Debug)]
pub(crate) struct Remaining {
    /// Expected seconds of every stage; `None` where nothing is known of its kind.
    expected: Vec<Option<f64>>,
    /// Stages that are to run and not done.
    open: Vec<bool>,
    all: usize,
    done: usize,
    /// Jobs that run side by side.
    side_by_side: usize,
    started: Instant,
}

impl Remaining {
    /// All stages that are to run.
    pub fn new(to_run: &[bool], expected: Vec<Option<f64>>, side_by_side: usize) -> Self {
        let all = to_run.iter().filter(|run| **run).count();
        let open = to_run.to_vec();
        Self { expected, open, all, done: 0, side_by_side: side_by_side.max(1), started: Instant::now() }
    }

    /// Counts a stage that has its artefact, failed, or is not run.
    pub fn settle(&mut self, stage: usize) {
        if let Some(open) = self.open.get_mut(stage).filter(|open| **open) {
            *open = false;
            self.done += 1;
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

    /// Expected seconds until the run ends; `None` before anything is known. Stages of an unknown kind are taken to need
    /// the mean of what the run has needed per stage so far.
    pub fn seconds(&self) -> Option<f64> {
        let mean = (self.done > 0)
            .then(|| self.started.elapsed().as_secs_f64() * self.side_by_side as f64 / self.done as f64);
        let mut sum = 0.0;
        for (stage, _) in self.open.iter().enumerate().filter(|(_, open)| **open) {
            sum += self.expected.get(stage).copied().flatten().or(mean)?;
        }
        Some(sum / self.side_by_side as f64)
    }

    /// `about 3 min left`, or nothing.
    pub fn words(&self) -> String {
        match self.seconds() {
            Some(seconds) if self.done < self.all => format!("about {} left", spoken(seconds)),
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

    #[test]
    fn known_stages_count_their_expected_time() {
        let mut remaining = Remaining::new(&[true, false, true], vec![Some(10.0), Some(99.0), Some(30.0)], 2);
        assert_eq!((remaining.all(), remaining.seconds()), (2, Some(20.0)));
        remaining.settle(0);
        remaining.settle(0);
        assert_eq!((remaining.done(), remaining.seconds()), (1, Some(15.0)));
        assert_eq!(remaining.sentence(), "1 of 2 stages, about 15 s left");
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known() {
        let remaining = Remaining::new(&[true], vec![None], 1);
        assert_eq!((remaining.seconds(), remaining.sentence().as_str()), (None, "0 of 1 stages"));
    }
}
