//! Searches from file to report: the same points whatever happens, rungs that go on, and estimates of the result.

use std::path::Path;
use std::time::Duration;

use camlab::frame::{
    EstimateKind, SearchEstimateRow, SearchRow, SummaryRow, TrialKeyRow, TrialRow, TrialState, read,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::experiment::{Experiment, stderr, stdout};
use crate::survival::{same_frames, start};

const SPACE: &str = r#"
[search.space]
"training.lr" = { log = [1e-3, 0.5] }
"training.optimiser" = ["sgd", "adam"]
"training.momentum" = { uniform = [0.0, 0.95], when = { "training.optimiser" = "sgd" } }
"#;

/// An experiment of one network with a search; `search` are lines of `[search]`.
fn searching(search: &str, space: &str) -> Experiment {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let second = "[[init]]\nname = \"orthogonal\"\nscheme = \"orthogonal\"\n";
    let text = text.replace(second, "").replace("[data]", "[data]\nval = { of = \"train\", fraction = 0.4 }");
    std::fs::write(&path, text).unwrap();
    let objective = "objective = { metric = \"max-box-acc-v2\", split = \"val\", method = \"cam\" }";
    let objective = if search.contains("objective") { "" } else { objective };
    experiment.and(&format!("\n[search]\n{objective}\n{search}\n{space}"))
}

fn tpe() -> Experiment {
    searching("method = { tpe = { startup = 3 } }\nbatch = 3\nmax-cells = 9", SPACE)
}

fn rows<R: camlab::frame::Row>(report: &Path) -> Vec<R> {
    read(report).expect("a frame of the report")
}

fn value(estimates: &[SearchEstimateRow], kind: EstimateKind) -> f64 {
    estimates.iter().find(|row| row.kind == kind).map(|row| row.value).expect("an estimate")
}

#[test]
fn the_points_are_the_same_for_any_number_of_workers_and_after_ten_kills() {
    let wanted = tpe();
    wanted.run().success();
    let report = wanted.report();
    let trials: Vec<TrialRow> = rows(&report);
    assert_eq!(trials.len(), 9);
    assert_eq!(trials.iter().map(|trial| trial.batch).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    // A key is set where its condition holds, and nowhere else.
    let keys: Vec<TrialKeyRow> = rows(&report);
    for trial in &trials {
        let of = |key: &str| keys.iter().find(|row| row.trial == trial.trial && row.key == key);
        let sgd = of("training.optimiser").is_some_and(|row| row.value == "\"sgd\"");
        assert_eq!(of("training.momentum").is_some(), sgd);
    }
    for workers in ["1", "2", "4"] {
        let other = tpe();
        other.camlab("run", &["--workers", workers]).success();
        same_frames(&report, &other.report());
    }
    let killed = tpe();
    let mut random = ChaCha8Rng::seed_from_u64(22);
    for round in 0..10 {
        let workers = ["--workers", ["0", "2"][round % 2]];
        let mut runner = start(&killed, &workers);
        std::thread::sleep(Duration::from_millis(random.random_range(20..900)));
        let _ = runner.kill();
        let _ = runner.wait();
    }
    killed.run().success();
    same_frames(&report, &killed.report());
    // All is cached now.
    assert!(stdout(&killed.run().success()).contains("everything was cached"));
}

#[test]
fn the_best_value_is_that_of_its_cell_and_is_estimated_again_on_held_out_images() {
    let experiment = tpe();
    experiment.run().success();
    let report = experiment.report();
    let (about, trials): (Vec<SearchRow>, Vec<TrialRow>) = (rows(&report), rows(&report));
    let best = &trials[about[0].best as usize];
    let values = trials.iter().filter_map(|trial| trial.value);
    assert_eq!(best.value, values.reduce(f64::max));
    assert_eq!(trials.iter().filter_map(|trial| trial.best).reduce(f64::max), best.value);
    let estimates: Vec<SearchEstimateRow> = rows(&report);
    assert_eq!(Some(value(&estimates, EstimateKind::Selected)), best.value);
    // The held-out value and the reference are the report's own numbers of that map.
    let summary: Vec<SummaryRow> = rows(&report);
    for (kind, cell) in [(EstimateKind::HeldOut, "found-s0"), (EstimateKind::Reference, "base-s0")] {
        let row = summary.iter().find(|row| {
            row.cell == cell
                && row.method == "cam"
                && row.metric == "max-box-acc-v2"
                && row.contrast == "none"
        });
        assert!((row.expect("a row").value - value(&estimates, kind)).abs() < 1e-9, "{kind:?}");
    }
    // The same objective by the plain experiment with the point's values, its validation images as test images.
    let keys: Vec<TrialKeyRow> = rows(&report);
    let plain = Experiment::tiny();
    let path = plain.path("tiny.toml");
    let text = std::fs::read_to_string(experiment.path("tiny.toml")).unwrap();
    let text = text.split("\n[search]").next().unwrap().to_owned();
    std::fs::write(&path, text).unwrap();
    let set: Vec<String> = keys
        .iter()
        .filter(|row| row.trial == best.trial)
        .flat_map(|row| ["--set".to_owned(), format!("{}={}", row.key, row.value)])
        .collect();
    // `val` is a part of `train`, so the test images of the plain run are others: its networks must be the same.
    plain.camlab("run", &set.iter().map(String::as_str).collect::<Vec<_>>()).success();
    let found = |report: &Path, cell: &str| {
        let rows: Vec<SummaryRow> = rows(report);
        let of_cam =
            |row: &&SummaryRow| row.cell == cell && row.method == "cam" && row.metric == "max-box-acc-v2";
        rows.iter().find(of_cam).map(|row| row.value)
    };
    assert_eq!(found(&report, "found-s0"), found(&plain.report(), "s0"));
}

#[test]
fn rungs_by_epochs_go_on_and_end_with_the_bits_of_a_plain_training() {
    let space = "[search.space]\n\"training.lr\" = [0.01, 0.05, 0.2, 0.4]\n";
    let halving =
        "method = { halving = { by = \"epochs\", least = 1, factor = 2, candidates = \"grid\" } }\nbatch = 2";
    let experiment = searching(halving, space).argument("--set").argument("training.epochs=4");
    let told = stderr(&experiment.run().success());
    assert!(told.contains("successive halving: 4 with 1 epochs, 2 with 2 epochs, 1 with 4 epochs"), "{told}");
    let trials: Vec<TrialRow> = rows(&experiment.report());
    let count = |state: TrialState| trials.iter().filter(|trial| trial.state == state).count();
    assert_eq!((count(TrialState::Complete), count(TrialState::LeftOut)), (1, 3));
    // Every rung but the first goes on from the one before: epochs are trained once.
    assert_eq!(told.matches("resuming after step").count(), 3, "{told}");
    // A plain training of the winner has the same weights under the same key.
    let weights = |experiment: &Experiment| -> Vec<(String, Vec<u8>)> {
        let folders = std::fs::read_dir(experiment.path(".camlab/store/train")).unwrap().flatten();
        let mut found: Vec<(String, Vec<u8>)> = folders
            .filter_map(|entry| {
                let bytes = std::fs::read(entry.path().join("network.safetensors")).ok()?;
                Some((entry.file_name().to_string_lossy().into_owned(), bytes))
            })
            .collect();
        found.sort();
        found
    };
    let keys: Vec<TrialKeyRow> = rows(&experiment.report());
    let best = trials.iter().find(|trial| trial.state == TrialState::Complete).unwrap().trial;
    let lr = &keys.iter().find(|row| row.trial == best).unwrap().value;
    let plain = searching("", "");
    let path = plain.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split("\n[search]").next().unwrap()).unwrap();
    plain.camlab("run", &["--set", "training.epochs=4", "--set", &format!("training.lr={lr}")]).success();
    let (rung, whole) = (weights(&experiment), weights(&plain));
    let [(key, bytes)] = &whole[..] else { panic!("one network") };
    let same = rung.iter().find(|(known, _)| known == key).expect("the same stage");
    assert!(same.1 == *bytes, "the weights after three rungs are those of one training");
}

#[test]
fn rungs_by_images_evaluate_only_the_new_ones_and_end_with_all() {
    let space = "[search.space]\n\"training.lr\" = [0.01, 0.05, 0.2, 0.4]\n";
    let by = |least: usize| {
        let options = format!("by = \"images\", least = {least}, factor = 2, candidates = \"grid\"");
        searching(&format!("method = {{ halving = {{ {options} }} }}\nbatch = 4"), space)
    };
    let (rungs, whole) = (by(5), by(19));
    let told = stderr(&rungs.run().success());
    // 19 validation images.
    assert!(told.contains("4 with 5 images, 2 with 10 images, 1 with 19 images"), "{told}");
    whole.run().success();
    let (found, all): (Vec<TrialRow>, Vec<TrialRow>) = (rows(&rungs.report()), rows(&whole.report()));
    let last = found.iter().find(|trial| trial.state == TrialState::Complete).unwrap();
    // The parts of the images together give the value of the whole.
    assert_eq!(last.value, all[last.trial as usize].value);
    assert!(all.iter().all(|trial| trial.state == TrialState::Complete));
}

#[test]
fn the_test_split_needs_a_word_and_the_report_warns() {
    let objective = |more: &str| {
        format!(
            "objective = {{ metric = \"max-box-acc-v2\", split = \"test\"{more} }}\nmethod = \"random\"\nmax-cells = 2"
        )
    };
    let refused = stderr(&searching(&objective(""), SPACE).camlab("check", &[]).failure());
    assert!(refused.contains("allow-test = true"), "{refused}");
    let allowed = searching(&objective(", allow-test = true"), SPACE);
    let told = stderr(&allowed.run().success());
    assert!(told.contains("its numbers are optimistic"), "{told}");
    let page = std::fs::read_to_string(allowed.report().join("report.md")).unwrap();
    assert!(page.contains("> The test images have chosen the best of 2 points"), "{page}");
    let estimates: Vec<SearchEstimateRow> = rows(&allowed.report());
    assert!(estimates.iter().all(|row| row.kind != EstimateKind::HeldOut), "no image is held out");
}

#[test]
fn the_annotation_budget_limits_the_boxes_that_choose() {
    let experiment = searching("method = \"random\"\nmax-cells = 2\nmax-boxes = 7", SPACE);
    experiment.run().success();
    let about: Vec<SearchRow> = rows(&experiment.report());
    assert!(about[0].boxes <= 7 && about[0].images < 19, "{about:?}");
    let none = searching("method = \"random\"\nmax-cells = 2\nmax-boxes = 0", SPACE);
    assert!(stderr(&none.camlab("check", &[]).failure()).contains("max-boxes"));
}

#[test]
fn a_trial_that_diverges_is_worse_than_all_and_the_search_goes_on() {
    let space = "[search.space]\n\"training.lr\" = [1e12, 0.05, 0.1]\n";
    let grid = "method = { halving = { by = \"images\", least = 1000, candidates = \"grid\" } }\nbatch = 1";
    let broken = stderr(&searching(grid, space).run().failure());
    assert!(broken.contains("least"), "{broken}");
    let grid = grid.replace("1000", "19");
    let experiment = searching(&grid, space);
    experiment.run().success();
    let trials: Vec<TrialRow> = rows(&experiment.report());
    assert_eq!(trials[0].state, TrialState::Failed);
    assert!(trials[0].cause.contains("training") && trials[0].value.is_none(), "{:?}", trials[0]);
    assert!(trials[1..].iter().all(|trial| trial.state == TrialState::Complete));
    let page = std::fs::read_to_string(experiment.report().join("index.html")).unwrap();
    assert!(page.contains("1 trial failed"), "the report says so");
    // Unless the first failure is to end the run.
    let told = stderr(&searching(&grid, space).camlab("run", &["--fail-fast"]).failure());
    assert!(told.contains("train of `kaiming` failed"), "{told}");
}

#[test]
fn a_plan_shows_the_next_batch_and_runs_nothing() {
    let experiment = tpe();
    let before = stdout(&experiment.camlab("plan", &[]).success());
    assert!(before.contains("0 results known; next: trials 0 to 2 of 9"), "{before}");
    assert!(!experiment.path(".camlab/store/train").exists(), "a plan runs nothing");
    experiment.run().success();
    let after = stdout(&experiment.camlab("plan", &[]).success());
    assert!(after.contains("all 9 trials are known"), "{after}");
}

#[test]
fn a_search_is_reproduced_bit_by_bit() {
    let experiment = searching("method = \"random\"\nmax-cells = 2\nbatch = 2", SPACE);
    experiment.run().success();
    let mut again = crate::experiment::camlab(&experiment.path("."));
    let told = stdout(&again.args(["reproduce", "tiny"]).assert().success());
    assert!(told.contains("frames are identical"), "{told}");
}

#[test]
fn minutes_of_computing_end_a_search_at_the_same_point_again() {
    let experiment = searching("method = \"random\"\nmax-minutes = 0.001\nbatch = 2", SPACE);
    let told = stderr(&experiment.run().success());
    assert!(told.contains("no further batch starts"), "{told}");
    let trials: Vec<TrialRow> = rows(&experiment.report());
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
    assert_eq!(rows::<TrialRow>(&experiment.report()), trials);
}
