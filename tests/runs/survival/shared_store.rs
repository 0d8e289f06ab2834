//! Several processes on one store, clocks that were set back, standard error that is gone.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::{events, finished, same_frames, start, store, told};
use crate::experiment::{Experiment, camlab, stdout};
use crate::stages::everything;
use camlab::run::events::RunEvent;

#[test]
fn two_runs_on_one_store_make_each_stage_once() {
    for (workers, made) in [("0", Experiment::tiny as fn() -> Experiment), ("2", everything)] {
        let wanted = made();
        let methods = ["--set", "maps.0.methods=[\"grad-cam\"]"];
        wanted.camlab("run", &methods).success();
        let experiment = made();
        let arguments = ["--workers", workers, methods[0], methods[1]];
        let one = start(&experiment, &arguments);
        let other = start(&experiment, &arguments);
        for run in [one, other] {
            let (code, text) = told(run);
            assert_eq!(code, Some(0), "{text}");
        }
        let store = store(&experiment);
        assert!(finished(&store).values().all(|times| *times == 1), "{:?}", finished(&store));
        same_frames(&wanted.report(), &experiment.report());
        assert!(store.locked().is_empty());
    }
}

#[test]
fn a_clock_that_was_set_back_changes_nothing() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    for entry in walkdir::WalkDir::new(experiment.path(".camlab")).into_iter().flatten() {
        if entry.file_type().is_file() {
            let file = std::fs::File::options().append(true).open(entry.path()).unwrap();
            file.set_modified(tomorrow).unwrap();
        }
    }
    let told = stdout(&experiment.run().success());
    assert!(told.contains("everything was cached"), "{told}");
    let more = ["--set", "evaluation.contrast=[\"histogram-stretch\"]"];
    experiment.camlab("run", &more).success();
    let made = finished(&store(&experiment));
    assert!(made.values().all(|times| *times == 1) && made.keys().any(|stage| stage.starts_with("train")));
}

#[test]
fn a_run_goes_on_without_standard_error() {
    let wanted = Experiment::tiny();
    wanted.run().success();
    for (workers, redirection) in [("0", "2>&-"), ("2", "2>/dev/full"), ("0", "2>&1 >/dev/null | head -1")] {
        let experiment = Experiment::tiny();
        let program = env!("CARGO_BIN_EXE_camlab");
        let line = format!("'{program}' run tiny.toml --workers {workers} {redirection}");
        let mut command = Command::new("sh");
        command.current_dir(experiment.path(".")).args(["-c", &line]).stdout(Stdio::null());
        let status = command.status().unwrap();
        assert!(status.success(), "{line}: {status}");
        same_frames(&wanted.report(), &experiment.report());
    }
}

#[test]
fn a_run_is_followed_and_its_stages_have_logs() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let folder = experiment.path(".");
    let tail = |more: &[&str]| stdout(&camlab(&folder).arg("tail").args(more).assert().success());
    let told = tail(&[]);
    for word in ["tiny: ", "started   train kaiming", "finished  train kaiming", "finished after"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert_eq!(tail(&["tiny"]), told);
    let lines = tail(&["--json"]);
    assert_eq!(lines.lines().count(), events(&store(&experiment)).len());
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["event"], &first["workers"]), (&"run-started".into(), &0.into()));
    let key = events(&store(&experiment)).into_iter().find_map(|logged| match logged.event {
        RunEvent::StageFinished { stage, .. } if stage.kind == "train" => Some(stage.key),
        _ => None,
    });
    let log = stdout(&camlab(&folder).args(["logs", &key.unwrap()[..10]]).assert().success());
    assert!(log.contains("attempt 1") && log.contains("train kaiming (s0)"), "{log}");
    let unknown = camlab(&folder).args(["logs", "zzz"]).assert().code(1);
    assert!(crate::experiment::stderr(&unknown).contains("no log of a stage"));
    let unknown = camlab(&folder).args(["tail", "other"]).assert().code(1);
    assert!(crate::experiment::stderr(&unknown).contains("has no run of `other`"));
}
