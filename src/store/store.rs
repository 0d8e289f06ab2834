use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::StoreError;
use camlab_base::file;
use camlab_plan::{StageKey, StageSpec};

const MANIFEST: &str = "manifest.json";

/// The content-addressed store: every artefact is a folder `<root>/<stage>/<key>/` with a manifest.
///
/// An artefact is written to a temporary folder and then renamed, so a folder named by a key is complete; an
/// interrupted run loses only the stage in progress.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in a folder, which is created when the first artefact is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Folder of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of an artefact, if it is finished.
    pub fn get(&self, spec: &StageSpec) -> Option<PathBuf> {
        let folder = self.folder(&spec.stage, &spec.key());
        folder.join(MANIFEST).is_file().then_some(folder)
    }

    /// The folder of an artefact that an earlier stage has finished.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none.
    pub fn require(&self, spec: &StageSpec) -> Result<PathBuf, StoreError> {
        let gone = || StoreError::Missing { label: spec.label.clone() };
        self.get(spec).ok_or_else(gone)
    }

    /// Starts an artefact, which is visible only after [`Draft::finish`].
    ///
    /// # Errors
    /// [`StoreError::Io`] if the store's folder cannot be written.
    pub fn draft(&self, spec: &StageSpec) -> Result<Draft, StoreError> {
        let parent = self.root.join(&spec.stage);
        fs::create_dir_all(&parent).map_err(StoreError::io("create", &parent))?;
        let folder =
            temporary().prefix(".draft-").tempdir_in(&parent).map_err(StoreError::io("create", &parent))?;
        let manifest = folder.path().join(MANIFEST);
        let text =
            serde_json::to_string_pretty(spec).map_err(|e| StoreError::io("write", &manifest)(e.into()))?;
        fs::write(&manifest, text).map_err(StoreError::io("write", &manifest))?;
        Ok(Draft { folder, target: self.folder(&spec.stage, &spec.key()) })
    }

    /// Folder for the unfinished state of a stage, from which an interrupted run resumes; not an artefact.
    pub fn working(&self, spec: &StageSpec) -> Working {
        Working { folder: self.root.join(&spec.stage).join(format!(".working-{}", spec.key())) }
    }

    /// Folder of the cached file digests; not an artefact.
    pub fn known_sums(&self) -> Working {
        Working { folder: self.root.join("known-sums") }
    }

    /// The differences from the most similar stored artefact, which are the reason why this one must be computed
    /// again. `None` if the store has no artefact of this stage and label.
    pub fn changed(&self, spec: &StageSpec) -> Option<Vec<String>> {
        let folders = fs::read_dir(self.root.join(&spec.stage)).ok()?;
        folders
            .flatten()
            .filter_map(|folder| fs::read_to_string(folder.path().join(MANIFEST)).ok())
            .filter_map(|text| serde_json::from_str::<StageSpec>(&text).ok())
            .filter(|stored| stored.label == spec.label)
            .map(|stored| spec.differences(&stored))
            .min_by_key(Vec::len)
    }

    fn folder(&self, stage: &str, key: &StageKey) -> PathBuf {
        self.root.join(stage).join(&key.0)
    }
}

/// Temporary folders with default permissions: those of `tempfile` are private to their owner, but an artefact must
/// be readable by every user of the store.
fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder
}

/// An artefact being written.
#[derive(Debug)]
pub struct Draft {
    folder: TempDir,
    target: PathBuf,
}

impl Draft {
    /// Path of one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Publishes the artefact under its key and returns its folder. If another process was first, its equal artefact
    /// is kept.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the folder cannot be renamed.
    pub fn finish(self) -> Result<PathBuf, StoreError> {
        if self.target.join(MANIFEST).is_file() {
            return Ok(self.target);
        }
        let draft = self.folder.keep();
        match fs::rename(&draft, &self.target) {
            Ok(()) => Ok(self.target),
            Err(_) if self.target.join(MANIFEST).is_file() => {
                fs::remove_dir_all(&draft).map_err(StoreError::io("remove", &draft))?;
                Ok(self.target)
            }
            Err(source) => Err(StoreError::io("rename", &draft)(source)),
        }
    }
}

/// A folder of files that are not artefacts, each replaced atomically: the unfinished state of a stage, or cached
/// digests.
#[derive(Debug, Clone)]
pub struct Working {
    folder: PathBuf,
}

impl Working {
    /// Content of one of its files; `None` if there is no such file.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it exists and cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Replaces one of its files atomically: after an interruption either the old or the new content remains.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        fs::create_dir_all(&self.folder).map_err(StoreError::io("create", &self.folder))?;
        file::replace_durably(&path, bytes).map_err(StoreError::io("write", &path))
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it exists and cannot be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }
}
