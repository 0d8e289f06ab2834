//! Ctrl-C and SIGTERM.

use std::time::{Duration, Instant};

use super::{events, signal, start, store, told, worker_of};
use crate::experiment::{Experiment, stderr};
use camlab::run::events::{RunEvent, RunOutcome};

/// An experiment whose trainings take a while.
fn long() -> Experiment {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("epochs = 2", "epochs = 4000")).unwrap();
    experiment
}

#[test]
fn a_stopped_training_saves_its_state_and_the_next_run_goes_on() {
    for (name, code, workers) in [("INT", 130, "0"), ("TERM", 143, "0"), ("TERM", 143, "2")] {
        let experiment = long();
        let arguments = ["--workers", workers];
        let runner = start(&experiment, &arguments);
        let worker = worker_of(&store(&experiment), "train");
        std::thread::sleep(Duration::from_millis(400));
        let asked = Instant::now();
        if worker != runner.id() {
            // Batch systems send the signal to every process of a job.
            signal(worker, name);
        }
        signal(runner.id(), name);
        let (found, text) = told(runner);
        // Far above the time of a step: a loaded machine must not fail the test, a run that goes on does.
        assert!(asked.elapsed() < Duration::from_secs(30));
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(&format!("stopped by SIG{name}")), "{text}");
        assert!(text.contains("the next run goes on from there"), "{text}");
        let store = store(&experiment);
        let last = events(&store).pop().map(|logged| logged.event);
        assert!(matches!(last, Some(RunEvent::RunFinished { outcome: RunOutcome::Stopped, .. })), "{last:?}");
        assert!(store.locked().is_empty());
        let drafts = walkdir::WalkDir::new(store.root()).into_iter().flatten();
        let drafts = drafts.filter(|entry| entry.file_name().to_string_lossy().starts_with(".draft-"));
        assert_eq!(drafts.count(), 0);

        let again = start(&experiment, &[]);
        super::wait_until("the training goes on", || {
            events(&store).iter().any(|logged| match &logged.event {
                RunEvent::Said { text, .. } => text.contains("resuming after step"),
                _ => false,
            })
        });
        signal(again.id(), "TERM");
        told(again);
    }
}

#[test]
fn a_run_that_fails_fast_starts_nothing_after_a_failure() {
    let experiment = Experiment::tiny().and("\n[sweep]\n\"training.lr\" = [1e30, 0.05]\n");
    let text = stderr(&experiment.camlab("run", &["--fail-fast"]).failure().code(1));
    assert!(text.contains("1 stage failed"), "{text}");
    assert!(text.contains("left out, since the run ends at the first failure"), "{text}");
    let whole = stderr(&experiment.camlab("run", &[]).failure().code(1));
    assert!(whole.contains("2 stages failed") && whole.contains("`camlab logs "), "{whole}");
}
