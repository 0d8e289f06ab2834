//! Runs that are killed or stopped, lack memory or disk space, or share a store: no result is lost, made twice, or read before it
//! is complete.

mod disks;
mod kills;
mod shared_store;
mod stops;
mod workers;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::experiment::Experiment;
use camlab::frame::{FRAMES, compare};
use camlab::run::EVENT_LOG;
use camlab::run::events::{EventReader, LoggedEvent, RunEvent};
use camlab::store::Store;

/// Starts `camlab run tiny.toml MORE...` in the experiment's folder.
pub(crate) fn start(experiment: &Experiment, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
    command.current_dir(experiment.path(".")).env_remove("CAMLAB_STORE").env_remove("CAMLAB_CACHE");
    command.args(["run", "tiny.toml"]).args(more);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

fn store(experiment: &Experiment) -> Store {
    Store::new(experiment.path(".camlab/store"))
}

/// The events of all runs of a store, run after run.
fn events(store: &Store) -> Vec<LoggedEvent> {
    let logs = store.runs().into_iter().map(|run| run.join(EVENT_LOG));
    logs.filter(|log| log.is_file()).flat_map(|log| EventReader::all(&log).expect("a readable log")).collect()
}

/// Number of times that every stage was finished, over all runs.
fn finished(store: &Store) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for logged in events(store) {
        if let RunEvent::StageFinished { stage, .. } = logged.event {
            *found.entry(format!("{} {}", stage.kind, stage.key)).or_default() += 1;
        }
    }
    found
}

/// Waits until something holds, half a minute at most.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The first process that runs a stage of a kind, once there is one.
fn worker_of(store: &Store, kind: &str) -> u32 {
    let find = || {
        events(store).into_iter().find_map(|logged| match logged.event {
            RunEvent::StageStarted { stage, pid, .. } if stage.kind == kind => Some(pid),
            _ => None,
        })
    };
    wait_until(&format!("a {kind} stage starts"), || find().is_some());
    find().expect("it was there a moment ago")
}

/// Sends a signal to a process.
fn signal(pid: u32, name: &str) {
    let sent =
        Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null()).status();
    assert!(sent.is_ok(), "`kill` is there");
}

/// Asserts that two reports have the same frames, measured columns aside.
pub(crate) fn same_frames(one: &Path, other: &Path) {
    // The frame about the run has the text of the file, and its options of the run.
    for info in FRAMES.iter().filter(|info| info.file != "run.parquet") {
        let found = compare(info, one, other);
        assert!(found.difference.is_none(), "{}: {:?}", info.file, found.difference);
    }
}

/// Output of a process on standard error, once it has ended.
fn told(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().expect("the process ends");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}
