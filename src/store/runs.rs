use std::path::PathBuf;
use std::time::SystemTime;

use camlab_base::date::utc;
use camlab_graph::{StageKey, StageRef};

use super::store::{LOGS, RUNS};
use super::{HeldLock, Locked, Store, StoreError};

/// Folder of the locks that live runs hold, among those of stages.
const RUN: &str = "run";

impl Store {
    /// Name for a run that starts now: the time, by which names are sorted, and the process.
    pub fn new_run(&self) -> String {
        let time: String = utc(SystemTime::now()).chars().filter(char::is_ascii_digit).collect();
        let (day, rest) = time.split_at_checked(8).unwrap_or((&time, ""));
        format!("{day}-{rest}-{}", std::process::id())
    }

    /// Marks a run as alive until the lock is dropped. `None` if the store cannot be written, which ends no run.
    pub fn mark_run(&self, run: &str) -> Option<HeldLock> {
        match self.lock(&run_place(run)) {
            Ok(Locked::Held(lock)) => Some(lock),
            _ => None,
        }
    }

    /// `true` while the process of a run lives.
    pub fn is_running(&self, run: &str) -> bool {
        self.holder(&run_place(run)).is_some()
    }

    /// The folders of all runs, the oldest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root().join(RUNS)).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> =
            entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        found.sort();
        found
    }

    /// The logs of all stages whose keys begin with `key`.
    ///
    /// # Errors
    /// [`StoreError::Io`] if a folder cannot be read.
    pub fn logs(&self, key: &str) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.root().join(LOGS);
        let entries = |folder: &PathBuf| -> Result<Vec<PathBuf>, StoreError> {
            match std::fs::read_dir(folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(StoreError::io("read", folder)(error)),
                Ok(found) => Ok(found.flatten().map(|entry| entry.path()).collect()),
            }
        };
        let mut found = Vec::new();
        for kind in entries(&folder)? {
            let named =
                |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(key));
            found.extend(entries(&kind)?.into_iter().filter(named));
        }
        found.sort();
        Ok(found)
    }
}

fn run_place(run: &str) -> StageRef {
    StageRef { kind: RUN.into(), key: StageKey(run.into()) }
}
