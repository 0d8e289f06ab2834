//! Runners and workers that are killed at random moments.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{events, finished, same_frames, signal, start, store};
use crate::experiment::{Experiment, camlab};
use crate::stages::everything;
use camlab::frame::is_whole;
use camlab::run::events::RunEvent;
use camlab::store::Store;

/// Kills `times` runs, or one of their workers, each at a random moment, then lets one run end.
fn survives(times: usize, seed: u64, workers: &str) {
    let wanted = everything();
    wanted.run().success();
    let experiment = everything();
    let arguments = ["--workers", workers, "--set", "maps.0.methods=[\"grad-cam\"]"];
    let store = store(&experiment);
    let mut known = BTreeMap::new();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..times {
        let mut runner = start(&experiment, &arguments);
        std::thread::sleep(Duration::from_millis(random.random_range(5..1800)));
        let runner_too = random.random_range(0..3) > 0;
        if random.random_range(0..3) > 0 {
            let pids: Vec<u32> = events(&store)
                .into_iter()
                .rev()
                .take(6)
                .filter_map(|logged| match logged.event {
                    RunEvent::StageStarted { pid, .. } if pid != runner.id() => Some(pid),
                    _ => None,
                })
                .filter(|pid| is_worker(*pid))
                .collect();
            pids.iter().for_each(|pid| signal(*pid, "KILL"));
        }
        if runner_too {
            let _ = runner.kill();
        }
        let _ = runner.wait();
        // An artefact that is there is never made again, whatever the logs of killed runs lack.
        for (manifest, identity) in manifests(&store) {
            let before = known.entry(manifest.clone()).or_insert(identity);
            assert_eq!(*before, identity, "{} was made twice", manifest.display());
        }
        let report = experiment.report();
        // A report is complete, or it is none.
        assert!(!report.join("run.parquet").is_file() || is_whole(&report), "round {round}");
    }
    experiment.camlab("run", &arguments).success();
    same_frames(&wanted.report(), &experiment.report());
    for (stage, times) in finished(&store) {
        assert_eq!(times, 1, "{stage} was made {times} times");
    }
    camlab(&experiment.path(".")).args(["store", "verify"]).assert().success();
}

/// Inode and time of every manifest in a store.
fn manifests(store: &Store) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let entries = walkdir::WalkDir::new(store.root()).into_iter().flatten();
    let manifests = entries.filter(|entry| {
        // Others are drafts, or are being removed.
        let inside = entry.path().strip_prefix(store.root()).unwrap();
        entry.file_name() == "manifest.json" && !inside.to_string_lossy().contains("/.")
    });
    manifests
        .filter_map(|entry| {
            let found = entry.metadata().ok()?;
            Some((entry.into_path(), (found.ino(), found.mtime(), found.mtime_nsec())))
        })
        .collect()
}

/// `true` for a process of this binary: the number of one that has ended may be used again.
fn is_worker(pid: u32) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe"))
        .is_ok_and(|exe| exe == Path::new(env!("CARGO_BIN_EXE_camlab")))
}

#[test]
fn runners_and_workers_may_be_killed_at_any_moment() {
    survives(4, 1, "2");
}

#[test]
#[ignore = "two minutes; `.ci/extra kills`"]
fn a_hundred_kills_change_nothing() {
    for (seed, workers) in (10..).zip(["2", "3", "2", "0", "0"]) {
        survives(20, seed, workers);
    }
}

#[test]
fn a_training_that_was_killed_goes_on_from_its_state() {
    let slow = "checkpoint-every = { steps = 1 }";
    let with = |text: &str| {
        let experiment = Experiment::tiny();
        let path = experiment.path("tiny.toml");
        let written = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, written.replace("epochs = 2", &format!("epochs = 12\n{text}"))).unwrap();
        experiment
    };
    let wanted = with("");
    wanted.run().success();
    let experiment = with(slow);
    let mut runner = start(&experiment, &[]);
    let folder = experiment.path(".camlab/store/train");
    super::wait_until("a state is saved", || {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.path().join("state.safetensors").is_file())
    });
    runner.kill().unwrap();
    runner.wait().unwrap();
    let told = crate::experiment::stderr(&experiment.camlab("run", &[]).success());
    assert!(told.contains("resuming after step"), "{told}");
    same_frames(&wanted.report(), &experiment.report());
}
