use std::time::{Duration, Instant};

use camlab_graph::Stage;
use camlab_plan::Facts;
use camlab_store::{Durations, Store};

use super::why::effort;

/// Time between two writes of the record: it is rewritten as a whole.
const SAVED_EVERY: Duration = Duration::from_secs(20);

/// The times of the stages that a run makes, for the estimates of later ones.
pub(super) struct StageTimes {
    durations: Durations,
    saved: Instant,
}

impl StageTimes {
    /// The times that earlier runs have recorded.
    ///
    /// `threads` are those of a worker, if stages run in workers.
    pub fn of(store: &Store, threads: Option<usize>) -> Self {
        let durations = Durations::of(store);
        let durations = match threads {
            Some(threads) => durations.with_threads(threads),
            None => durations,
        };
        Self { durations, saved: Instant::now() }
    }

    /// Records the time of a stage, seconds. Stages that share passes have equal parts of their time.
    pub fn learn(&mut self, stage: &Stage, facts: &Facts, seconds: f64) {
        self.durations.learn(&effort(stage, facts), seconds);
        if self.saved.elapsed() >= SAVED_EVERY {
            self.save();
        }
    }

    /// Writes the record.
    pub fn save(&mut self) {
        self.saved = Instant::now();
        // Only the next estimates are worse without the record; artefacts that cannot be written are reported.
        let _ = self.durations.save();
    }
}
