use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::StoreError;
use camlab_base::file;
use camlab_plan::{StageKey, StageSpec};

const MANIFEST: &str = "manifest.json";

/// The content-addressed store: `<root>/<stage>/<key>/`, every artefact a folder with its manifest.
///
/// An artefact is written to a temporary folder and renamed, so a folder with a key's name is whole;
/// an interrupted run leaves only the stage it was in undone.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in a folder, made when the first artefact is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a finished artefact, if there is one.
    pub fn get(&self, material: &StageSpec) -> Option<PathBuf> {
        let folder = self.folder(&material.stage, &material.key());
        folder.join(MANIFEST).is_file().then_some(folder)
    }

    /// The folder of an artefact that an earlier stage has made.
    ///
    /// # Errors
    /// When it is gone.
    pub fn require(&self, material: &StageSpec) -> Result<PathBuf, StoreError> {
        let gone = || StoreError::Missing { label: material.label.clone() };
        self.get(material).ok_or_else(gone)
    }

    /// Starts an artefact; nothing is seen of it until [`Draft::finish`].
    ///
    /// # Errors
    /// When the store's folder cannot be written.
    pub fn draft(&self, material: &StageSpec) -> Result<Draft, StoreError> {
        let parent = self.root.join(&material.stage);
        fs::create_dir_all(&parent).map_err(StoreError::io("create", &parent))?;
        let folder =
            temporary().prefix(".draft-").tempdir_in(&parent).map_err(StoreError::io("create", &parent))?;
        let manifest = folder.path().join(MANIFEST);
        let text = serde_json::to_string_pretty(material)
            .map_err(|e| StoreError::io("write", &manifest)(e.into()))?;
        fs::write(&manifest, text).map_err(StoreError::io("write", &manifest))?;
        Ok(Draft { folder, target: self.folder(&material.stage, &material.key()) })
    }

    /// Where a stage keeps what it has so far; outlives an interruption, and is no artefact.
    pub fn working(&self, material: &StageSpec) -> Working {
        Working { folder: self.root.join(&material.stage).join(format!(".working-{}", material.key())) }
    }

    /// Where digests of files found earlier are kept; no artefacts either.
    pub fn known_sums(&self) -> Working {
        Working { folder: self.root.join("known-sums") }
    }

    /// What differs from the stored artefact that is most alike: why this one has to be made anew.
    /// `None` when the store holds nothing of this stage and label.
    pub fn changed(&self, material: &StageSpec) -> Option<Vec<String>> {
        let folders = fs::read_dir(self.root.join(&material.stage)).ok()?;
        folders
            .flatten()
            .filter_map(|folder| fs::read_to_string(folder.path().join(MANIFEST)).ok())
            .filter_map(|text| serde_json::from_str::<StageSpec>(&text).ok())
            .filter(|stored| stored.label == material.label)
            .map(|stored| material.differences(&stored))
            .min_by_key(Vec::len)
    }

    fn folder(&self, stage: &str, key: &StageKey) -> PathBuf {
        self.root.join(stage).join(&key.0)
    }
}

/// Temporary folders are private to their owner; the store is for everyone its folder is for.
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
    /// Where to write one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Publishes the artefact under its key; another process that was first wins, its artefact is the same.
    ///
    /// # Errors
    /// When the folder cannot be renamed.
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

/// A folder of files that are no artefact, each replaced whole: unfinished work, under the artefact's key, or what is
/// known of files.
#[derive(Debug, Clone)]
pub struct Working {
    folder: PathBuf,
}

impl Working {
    /// One of its files, if there is one.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Replaces one of its files at once: whoever is interrupted leaves the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        fs::create_dir_all(&self.folder).map_err(StoreError::io("create", &self.folder))?;
        file::replace_durably(&path, bytes).map_err(StoreError::io("write", &path))
    }

    /// Removes all of it.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }
}
