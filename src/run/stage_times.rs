use std::time::{Duration, Instant};

use camlab_graph::Stage;
use camlab_plan::Facts;
use camlab_store::{Durations, Store};

use super::why::effort;

/// Time between two writes of the record: it is rewritten as a whole.
const SAVED_EVERY: Duration = Duration::from_secs(20);

/// The times of the stages that a run makes, for the estimates of later ones.
pub(super) struct StageTimes<'a> {
    store: &'a Store,
    facts: &'a Facts,
    durations: Durations,
    saved: Instant,
}

impl<'a> StageTimes<'a> {
    /// The times recorded so far.
    pub fn of(store: &'a Store, facts: &'a Facts) -> Self {
        Self { store, facts, durations: Durations::of(store), saved: Instant::now() }
    }

    /// Records the time of a stage that was made. Stages that share passes have equal parts of the time.
    pub fn learn(&mut self, stage: &Stage) {
        if let Ok(cost) = self.store.cost(&stage.place()) {
            self.durations.learn(&effort(stage, self.facts), cost.seconds);
        }
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
