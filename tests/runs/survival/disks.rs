//! Disks that are full or read-only; both need a file system of their own, which only root can mount.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{finished, same_frames};
use crate::experiment::{Experiment, stderr, stdout};
use camlab::store::Store;

/// A file system in memory, unmounted when it is dropped.
struct Mounted {
    folder: tempfile::TempDir,
}

impl Mounted {
    /// `None`, and a notice, without the right to mount.
    fn new(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self { folder }),
            _ => {
                eprintln!("skipped: no right to mount a file system");
                None
            }
        }
    }

    fn remount(&self, options: &str) {
        let done =
            Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(self.path()).status();
        assert!(done.is_ok_and(|status| status.success()));
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn store(&self) -> PathBuf {
        self.path().join("store")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_fails_stages_and_loses_nothing() {
    let Some(disk) = Mounted::new("600k") else { return };
    let wanted = Experiment::tiny();
    wanted.run().success();
    for workers in ["0", "2"] {
        let experiment = Experiment::tiny();
        let store = disk.store().display().to_string();
        let arguments = ["--workers", workers, "--store", &store];
        let text = stderr(&experiment.camlab("run", &arguments).failure().code(1));
        assert!(text.contains("No space left on device"), "{text}");
        assert!(!text.contains("panicked"), "{text}");
        // With space again the next run goes on.
        disk.remount("size=64m");
        experiment.camlab("run", &arguments).success();
        same_frames(&wanted.report(), &experiment.report());
        assert!(finished(&Store::new(disk.store())).values().all(|times| *times == 1));
        std::fs::remove_dir_all(disk.store()).unwrap();
        disk.remount("size=600k");
    }
}

#[test]
fn a_read_only_store_is_read_and_nothing_else() {
    let Some(disk) = Mounted::new("64m") else { return };
    let store = disk.store().display().to_string();
    let experiment = Experiment::tiny();
    experiment.camlab("run", &["--store", &store]).success();
    disk.remount("ro");
    let told = stdout(&experiment.camlab("run", &["--store", &store]).success());
    assert!(told.contains("everything was cached"), "{told}");
    // The report is made again from what is there.
    std::fs::remove_dir_all(experiment.report()).unwrap();
    experiment.camlab("run", &["--store", &store]).success();
    assert!(experiment.report().join("index.html").is_file());
    let more = ["--store", &store, "--set", "training.lr=0.01"];
    let refused = stderr(&experiment.camlab("run", &more).failure().code(1));
    assert!(refused.contains("Read-only file system") && refused.contains("--store"), "{refused}");
    disk.remount("rw");
}
