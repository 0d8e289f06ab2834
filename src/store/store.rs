use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use camlab_graph::{Stage, StageKey, StageRef};

use super::manifest::{CheckDepth, MANIFEST, Manifest};
use super::{Cost, Draft, StoreError, Working};

/// The content-addressed store: every artefact is a folder `<root>/<kind>/<key>/` with a manifest.
///
/// An artefact is written to a temporary folder and then renamed, so a folder named by a key is complete; an
/// interrupted run loses only the stage in progress.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// Artefacts whose content this process has checked.
    checked: Arc<Mutex<HashSet<StageKey>>>,
}

impl Store {
    /// The store in a folder, which is created when the first artefact is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), checked: Arc::default() }
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
        fs::metadata(self.folder(stage).join(MANIFEST)).and_then(|manifest| manifest.modified()).ok()
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

    /// Removes an artefact, which is then made again.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it cannot be removed.
    pub fn discard(&self, stage: &StageRef) -> Result<(), StoreError> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner).remove(&stage.key);
        let folder = self.folder(stage);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Starts an artefact, which is visible only after [`Draft::finish`].
    ///
    /// # Errors
    /// [`StoreError::Io`] if the store's folder cannot be written.
    pub fn draft(&self, stage: &Stage) -> Result<Draft, StoreError> {
        Draft::new(&stage.spec, self.folder(&stage.place()))
    }

    /// Folder for the unfinished state of a stage, from which an interrupted run resumes; not an artefact.
    pub fn working(&self, stage: &StageRef) -> Working {
        Working { folder: self.root.join(&stage.kind).join(format!(".working-{}", stage.key)) }
    }

    /// Folder of the cached file digests; not an artefact.
    pub fn known_sums(&self) -> Working {
        Working { folder: self.root.join("known-sums") }
    }

    fn look(&self, stage: &StageRef, depth: CheckDepth) -> Result<(), StoreError> {
        let folder = self.folder(stage);
        Manifest::read(&folder, &stage.key)?.check(&folder, depth)
    }

    fn folder(&self, stage: &StageRef) -> PathBuf {
        self.root.join(&stage.kind).join(&stage.key.0)
    }
}
