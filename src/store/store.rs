use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use camlab_graph::{Stage, StageKey, StageRef};

use super::lock_folder::LockFolder;
use super::manifest::{CheckDepth, MANIFEST, Manifest};
use super::observer::{HeartbeatObserver, SILENCE};
use super::process::ProcessIdentity;
use super::removal::remove_folder;
use super::{Cost, Draft, StoreError, Working};

/// Folder of the logs of stages.
pub(super) const LOGS: &str = "logs";
/// Folder of the index of reports.
pub(super) const INDEX: &str = "index";
/// Folder of the runs.
pub(super) const RUNS: &str = "runs";

/// The content-addressed store: every artefact is a folder `<root>/<kind>/<key>/` with a manifest.
///
/// An artefact is written to a temporary folder and then renamed, so a folder named by a key is complete; an
/// interrupted run loses only the stage in progress.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// Artefacts whose content this process has checked.
    checked: Arc<Mutex<HashSet<StageKey>>>,
    /// Memory of the heartbeats of other hosts.
    observer: Arc<HeartbeatObserver>,
}

impl Store {
    /// The store in a folder, which is created when the first artefact is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let observer = HeartbeatObserver::new(ProcessIdentity::own().clone(), SILENCE);
        Self { root: root.into(), checked: Arc::default(), observer: Arc::new(observer) }
    }

    /// Folder of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `true` if there is an artefact, whatever its state.
    pub fn holds(&self, stage: &StageRef) -> bool {
        self.folder(stage).join(MANIFEST).is_file()
    }

    /// Time at which an artefact was published; `None` if there is none.
    pub fn published(&self, stage: &StageRef) -> Option<SystemTime> {
        std::fs::metadata(self.folder(stage).join(MANIFEST)).and_then(|manifest| manifest.modified()).ok()
    }

    /// Checks sizes, and contents written to since the artefact was published; `false` if there is no artefact.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the file.
    pub fn check(&self, stage: &StageRef) -> Result<bool, StoreError> {
        if !self.folder(stage).exists() {
            return Ok(false);
        }
        self.look(stage, CheckDepth::Changes).map(|()| true)
    }

    /// The folder of an artefact, its contents checked; once in a process.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, [`StoreError::Damaged`] naming the file that was changed.
    pub fn open(&self, stage: &StageRef) -> Result<PathBuf, StoreError> {
        let folder = self.folder(stage);
        if !folder.join(MANIFEST).is_file() {
            return Err(StoreError::Missing {
                kind: stage.kind.to_string(),
                key: stage.key.short().to_owned(),
            });
        }
        // A lock that a panic poisoned still holds a valid set.
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if !checked.contains(&stage.key) {
            drop(checked);
            self.look(stage, CheckDepth::Contents)?;
            checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
            checked.insert(stage.key.clone());
        }
        Ok(folder)
    }

    /// The measured cost of an artefact, whose other files are not read.
    ///
    /// # Errors
    /// As [`Cost::read`].
    pub fn cost(&self, stage: &StageRef) -> Result<Cost, StoreError> {
        Cost::read(&self.folder(stage))
    }

    /// Removes an artefact, which is then made again. It disappears as a whole, before its files are deleted.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it cannot be removed.
    pub fn discard(&self, stage: &StageRef) -> Result<(), StoreError> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner).remove(&stage.key);
        remove_folder(&self.folder(stage)).map(drop)
    }

    /// Starts an artefact, which is visible only after [`Draft::finish`].
    ///
    /// # Errors
    /// [`StoreError::Io`] if the store's folder cannot be written.
    pub fn draft(&self, stage: &Stage) -> Result<Draft, StoreError> {
        Draft::new(&stage.spec, self.folder(&stage.place()))
    }

    /// Path of the log of a stage, to which every attempt appends; not an artefact.
    pub fn log(&self, stage: &StageRef) -> PathBuf {
        self.root.join(LOGS).join(&stage.kind).join(format!("{}.log", stage.key))
    }

    /// Folder of what a run leaves beside its artefacts, such as its event log.
    pub fn run_folder(&self, run: &str) -> PathBuf {
        self.root.join(RUNS).join(run)
    }

    /// Folder for the unfinished state of a stage, from which an interrupted run resumes; not an artefact.
    pub fn working(&self, stage: &StageRef) -> Working {
        Working { folder: self.root.join(&stage.kind).join(format!(".working-{}", stage.key)) }
    }

    /// Folder of the cached file digests; not an artefact.
    pub fn known_sums(&self) -> Working {
        Working { folder: self.root.join("known-sums") }
    }

    /// Folder of the index of reports; not an artefact, and made again where it is missing.
    pub fn index(&self) -> PathBuf {
        self.root.join(INDEX)
    }

    /// Locks of the store as a whole.
    pub(super) fn whole(&self) -> LockFolder {
        LockFolder::observed(self.lock_root(), self.observer.clone())
    }

    /// The memory of the heartbeats of other hosts.
    pub(super) fn observer(&self) -> &Arc<HeartbeatObserver> {
        &self.observer
    }

    /// Checks an artefact; its manifest at any depth.
    pub(super) fn look(&self, stage: &StageRef, depth: CheckDepth) -> Result<(), StoreError> {
        let folder = self.folder(stage);
        Manifest::read(&folder, &stage.key)?.check(&folder, depth)
    }

    pub(super) fn folder(&self, stage: &StageRef) -> PathBuf {
        self.root.join(&stage.kind).join(&stage.key.0)
    }
}
