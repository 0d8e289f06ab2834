//! Worker processes that end badly, and their results.

use super::{events, finished, same_frames, signal, start, store, told, worker_of};
use crate::experiment::{Experiment, camlab, stderr, stdout};
use crate::stages::everything;
use camlab::frame::{self, CostRow};
use camlab::run::FailureCause;
use camlab::run::events::{RunEvent, StageName};

/// The failures in the logs of a store.
fn failures(experiment: &Experiment) -> Vec<(StageName, FailureCause, String, bool)> {
    let failed = |event| match event {
        RunEvent::StageFailed { stage, cause, message, again, .. } => Some((stage, cause, message, again)),
        _ => None,
    };
    events(&store(experiment)).into_iter().filter_map(|logged| failed(logged.event)).collect()
}

#[test]
fn any_number_of_workers_gives_the_same_frames() {
    let (small, every_kind) = (Experiment::tiny(), everything());
    small.run().success();
    every_kind.run().success();
    for (workers, alone) in [("1", &small), ("2", &every_kind), ("4", &small)] {
        let experiment = if std::ptr::eq(alone, &small) { Experiment::tiny() } else { everything() };
        experiment.camlab("run", &["--workers", workers]).success();
        same_frames(&alone.report(), &experiment.report());
        assert!(finished(&store(&experiment)).values().all(|times| *times == 1));
        // The largest memory of each stage is known, since it had a process of its own.
        let costs: Vec<CostRow> = frame::read(&experiment.report()).unwrap();
        assert!(costs.iter().all(|row| row.peak_bytes.is_some_and(|bytes| bytes > 1 << 20)));
    }
    let costs: Vec<CostRow> = frame::read(&small.report()).unwrap();
    assert!(costs.iter().all(|row| row.peak_bytes.is_none()));
}

#[test]
fn a_worker_that_needs_too_much_memory_ends_alone() {
    let sweep = "\n[sweep]\n\"backbone.resnet.widths\" = [[8, 16], [256, 1024]]\n";
    let experiment = Experiment::tiny().and(sweep);
    let text = stderr(&experiment.camlab("run", &["--workers", "1", "--memory", "150 MB"]).failure().code(1));
    assert!(text.contains("2 stages failed") && text.contains("150.0 MB"), "{text}");
    let found = failures(&experiment);
    assert!(found.iter().all(|(stage, cause, ..)| *cause == FailureCause::Memory && stage.kind == "train"));
    assert_eq!(found.len(), 2, "{found:?}");
    // The other configuration has its report.
    assert!(experiment.report().join("index.html").is_file());
    let (stage, ..) = &found[0];
    let log = stdout(&camlab(&experiment.path(".")).args(["logs", &stage.key[..12]]).assert().success());
    assert!(log.contains("attempt 1") && log.contains("failed: "), "{log}");
}

#[test]
fn a_worker_that_hangs_is_ended_and_tried_again() {
    let experiment = Experiment::tiny().and("\n[run]\nretries = { timeout = 1 }\n");
    let runner = start(&experiment, &["--workers", "1", "--timeout-minutes", "0.05"]);
    // A stopped process makes no progress.
    signal(worker_of(&store(&experiment), "train"), "STOP");
    let (code, text) = told(runner);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("again (1 of 1): train") && text.contains("no progress for 0.05 minutes"),
        "{text}"
    );
    let found = failures(&experiment);
    assert!(matches!(&found[..], [(_, FailureCause::Timeout, _, true)]), "{found:?}");
}

#[test]
fn a_worker_that_is_killed_fails_its_stage_and_the_next_run_makes_it() {
    let experiment = Experiment::tiny();
    let runner = start(&experiment, &["--workers", "1"]);
    signal(worker_of(&store(&experiment), "train"), "KILL");
    let (code, text) = told(runner);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("the worker was ended by signal 9"), "{text}");
    assert!(experiment.report().join("index.html").is_file());
    let wanted = Experiment::tiny();
    wanted.run().success();
    experiment.run().success();
    same_frames(&wanted.report(), &experiment.report());
}

#[test]
fn a_network_that_diverges_in_a_worker_is_told_as_in_one_process() {
    let experiment = Experiment::tiny().argument("--set").argument("training.lr=1e30");
    let alone = stderr(&experiment.camlab("run", &[]).failure());
    let worker = stderr(&experiment.camlab("run", &["--workers", "2"]).failure());
    let cause = |text: &str| {
        let line =
            text.lines().find(|line| line.contains("the loss became")).unwrap_or_else(|| panic!("{text}"));
        line[line.find("the loss became").unwrap()..].to_owned()
    };
    assert_eq!(cause(&alone), cause(&worker));
    assert!(failures(&experiment).iter().all(|(_, cause, ..)| *cause == FailureCause::Diverged));
}
