//! The frames of a report: described, the same whatever the number of Polars' threads, never a panic when damaged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::experiment::{Experiment, camlab, stderr, stdout};
use crate::stages::everything;
use camlab::base::random::stream;
use camlab::frame::{self, CostRow, FRAMES, SummaryRow};
use rand_chacha::rand_core::Rng as _;

/// A sweep over every kind of stage.
fn swept() -> Experiment {
    let experiment =
        everything().and("\n[sweep]\n\"evaluation.interpolation\" = [\"nearest\", \"bilinear\"]\n");
    experiment.run().success();
    experiment
}

/// Names and contents of a folder's files, figures included.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in ["", "figures"] {
        for entry in std::fs::read_dir(folder.join(part)).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_file() {
                found.insert(
                    format!("{part}/{}", path.file_name().unwrap().display()),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for (name, bytes) in files(from) {
        if name.ends_with(".parquet") {
            std::fs::write(to.join(name.trim_start_matches('/')), bytes).unwrap();
        }
    }
}

#[test]
fn frames_are_described_and_polars_threads_change_nothing() {
    let experiment = swept();
    let report = experiment.report();
    let written: BTreeSet<String> =
        files(&report).into_keys().filter(|name| name.ends_with(".parquet")).collect();
    let described: BTreeSet<String> = FRAMES.iter().map(|frame| format!("/{}", frame.file)).collect();
    assert_eq!(written, described, "`camlab frames` lists what a report has");

    for threads in ["1", "2", "8"] {
        let out = experiment.path(threads);
        let mut command = camlab(&experiment.path("."));
        let arguments = ["run", "tiny.toml", "--set", "maps.0.methods=[\"grad-cam\"]", "--out", threads];
        command.args(arguments).env("POLARS_MAX_THREADS", threads).assert().success();
        let again = experiment.path(&format!("report-{threads}"));
        copy(&out, &again);
        let mut command = camlab(&experiment.path("."));
        command
            .args(["report", &format!("report-{threads}")])
            .env("POLARS_MAX_THREADS", threads)
            .assert()
            .success();
        let (ran, alone) = (files(&out), files(&again));
        let differing: Vec<_> = ran.iter().filter(|(name, bytes)| alone.get(*name) != Some(bytes)).collect();
        assert!(
            differing.is_empty(),
            "from Parquet alone: {:?}",
            differing.iter().map(|(name, _)| name).collect::<Vec<_>>()
        );
        let first = files(&report);
        for (name, bytes) in &ran {
            // They tell how long the run took.
            let timed = ["/run.parquet", "/index.html", "/report.md"].contains(&name.as_str());
            assert!(timed || first.get(name) == Some(bytes), "{name} differs with {threads} threads");
        }
    }
}

#[test]
fn a_sweep_is_plotted_from_one_frame_and_cost_stands_apart() {
    let experiment = Experiment::tiny().and("\n[sweep]\n\"evaluation.bootstrap\" = [10, 20]\n");
    experiment.run().success();
    let report = experiment.report();
    let names = frame::FrameReader::report::<SummaryRow>(&report).unwrap();
    assert!(names.columns().contains(&"evaluation.bootstrap".to_owned()), "{:?}", names.columns());
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    assert!(summary.iter().all(|row| row.metric != "seconds"));
    let text = std::fs::read_to_string(report.join("summary.csv")).unwrap();
    assert!(text.starts_with("experiment,cell,seed,network,method,layer,metric,value,ci_low,ci_high,n\n"));
    assert!(!text.contains(",seconds,") && text.contains(",forwards,"));
    let cost: Vec<CostRow> = frame::read(&report).unwrap();
    let kinds: BTreeSet<&str> = cost.iter().map(|row| row.stage.as_str()).collect();
    assert!(["train", "map", "evaluate", "boxes"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let maps: Vec<&CostRow> = cost.iter().filter(|row| row.stage == "map").collect();
    // Two cells with two networks and two methods; both cells share the maps.
    assert_eq!(maps.len(), 8);
    assert_eq!(maps.iter().map(|row| &row.key).collect::<BTreeSet<_>>().len(), 4);
    assert!(
        maps.iter().all(|row| row.images == 20 && row.seconds_per_image.is_some_and(|seconds| seconds > 0.0))
    );
    let page = std::fs::read_to_string(report.join("index.html")).unwrap();
    assert!(page.contains("Time per image"));
}

#[test]
fn a_run_writes_a_report_with_a_damaged_frame_again() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let path = experiment.report().join("predictions.parquet");
    let sound = std::fs::read(&path).unwrap();
    for damaged in [&sound[..sound.len() / 2], b"", &[&sound[..60], b"?", &sound[61..]].concat()] {
        std::fs::write(&path, damaged).unwrap();
        let again = experiment.run().success();
        assert!(!stdout(&again).contains("everything was cached"), "{}", stdout(&again));
        assert!(std::fs::read(&path).unwrap() == sound);
    }
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
}

#[test]
fn the_page_of_the_documentation_is_what_the_command_prints() {
    let folder = tempfile::tempdir().unwrap();
    let printed = stdout(&camlab(folder.path()).args(["frames", "--markdown"]).assert().success());
    assert!(
        printed == include_str!("../../docs/frames.md"),
        "run `camlab frames --markdown > docs/frames.md`"
    );
    let one = stdout(&camlab(folder.path()).args(["frames", "cost.parquet"]).assert().success());
    assert!(one.starts_with("cost.parquet\n") && one.contains("peak_bytes"));
    let none = stderr(&camlab(folder.path()).args(["frames", "costs"]).assert().failure());
    assert!(none.contains("did you mean `cost`?"), "{none}");
}

/// Damages frames at random, one at a time, and rebuilds the report.
fn damage(experiment: &Experiment, rounds: usize) {
    let folder = experiment.path("damaged");
    copy(&experiment.report(), &folder);
    let sound = files(&folder);
    let names: Vec<&String> = sound.keys().collect();
    let mut random = stream(19, "damage");
    let mut refused = 0;
    for round in 0..rounds {
        let name = names[round % names.len()];
        let path = folder.join(name.trim_start_matches('/'));
        let mut bytes = sound[name].clone();
        let at = (random.next_u64() % bytes.len() as u64) as usize;
        match round % 4 {
            0 => bytes.truncate(at),
            _ => bytes[at] ^= 1 << (random.next_u32() % 8),
        }
        std::fs::write(&path, &bytes).unwrap();
        // A panic would end the test.
        if let Err(error) = camlab::report::write(&folder) {
            let error = error.to_string();
            assert!(error.contains(name.trim_start_matches('/')), "{name}: {error}");
            assert!(error.contains("run the experiment again"), "{name}: {error}");
            refused += 1;
        }
        std::fs::write(&path, &sound[name]).unwrap();
    }
    // Of the frames that a report is made of: predictions, quantities and the like are read by people alone.
    println!("{refused} of {rounds} damaged frames were refused");
    assert!(refused > rounds / 2);
}

#[test]
fn damaged_frames_are_errors() {
    damage(&swept(), 46);
}

#[test]
#[ignore = "minutes"]
fn two_thousand_damaged_frames_are_errors() {
    damage(&swept(), 2000);
}
