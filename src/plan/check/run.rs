use camlab_config::{Experiment, RunOptions};

use super::Check;

/// Most worker processes: far above any machine, far below what a system can start.
const MOST_WORKERS: usize = 1024;

impl Check<'_> {
    /// Checks `[run]`.
    pub(super) fn run(&mut self, experiment: &Experiment) {
        let run = &experiment.run;
        self.require(
            run.workers <= MOST_WORKERS,
            "run.workers",
            format!("`run.workers` = {} is out of range", run.workers),
            "write 1024 or less, and as a rule no more than the processor has cores",
        );
        if let Some(memory) = run.memory {
            self.require(
                memory.0 >= RunOptions::LEAST_MEMORY,
                "run.memory",
                format!("`run.memory` = {memory} does not suffice for any stage"),
                "write at least \"64 MB\"",
            );
        }
        if let Some(minutes) = run.timeout_minutes {
            self.require(
                minutes.is_finite() && minutes > 0.0,
                "run.timeout-minutes",
                format!("`run.timeout-minutes` = {minutes} is out of range"),
                "write more than 0, such as 30",
            );
        }
    }
}
