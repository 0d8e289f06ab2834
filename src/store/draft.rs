use std::fs;
use std::path::{Path, PathBuf};

use camlab_graph::StageSpec;
use tempfile::TempDir;

use super::StoreError;
use super::cost::{COST, Cost};
use super::manifest::{MANIFEST, Manifest};

/// An artefact being written.
#[derive(Debug)]
pub struct Draft {
    folder: TempDir,
    spec: StageSpec,
    target: PathBuf,
    durable: bool,
}

impl Draft {
    pub(super) fn new(spec: &StageSpec, target: PathBuf) -> Result<Self, StoreError> {
        let parent = target.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(parent).map_err(StoreError::io("create", parent))?;
        let folder =
            temporary().prefix(".draft-").tempdir_in(parent).map_err(StoreError::io("create", parent))?;
        Ok(Self { folder, spec: spec.clone(), target, durable: false })
    }

    /// The folder that the files are written to.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Path of one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes [`Draft::finish`] wait until the files are on the disk: for results of hours, which a checksum alone
    /// would only report as lost.
    pub fn make_durable(&mut self) {
        self.durable = true;
    }

    /// Publishes the artefact under its key and returns its folder. If another process was first, its equal artefact
    /// is kept.
    ///
    /// # Errors
    /// [`StoreError::Io`] if a file cannot be written or the folder cannot be renamed.
    pub fn finish(self, cost: &Cost) -> Result<PathBuf, StoreError> {
        let path = self.path(COST);
        fs::write(&path, cost.text()).map_err(StoreError::io("write", &path))?;
        let manifest = Manifest::of(&self.spec, self.folder.path())?;
        let path = self.path(MANIFEST);
        let text = manifest.text().map_err(|error| StoreError::io("write", &path)(error.into()))?;
        fs::write(&path, text).map_err(StoreError::io("write", &path))?;
        if self.durable {
            self.flush()?;
        }
        if self.target.join(MANIFEST).is_file() {
            return Ok(self.target);
        }
        let draft = self.folder.keep();
        match fs::rename(&draft, &self.target) {
            Ok(()) => {
                if self.durable
                    && let Some(parent) = self.target.parent()
                {
                    // The rename itself; not every file system can flush a folder.
                    let _ = fs::File::open(parent).and_then(|folder| folder.sync_all());
                }
                Ok(self.target)
            }
            Err(_) if self.target.join(MANIFEST).is_file() => {
                fs::remove_dir_all(&draft).map_err(StoreError::io("remove", &draft))?;
                Ok(self.target)
            }
            Err(source) => {
                let failed = StoreError::io("rename", &draft)(source);
                // The error that matters is the first.
                let _ = fs::remove_dir_all(&draft);
                Err(failed)
            }
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        for entry in fs::read_dir(self.folder.path()).map_err(StoreError::io("read", self.folder.path()))? {
            let path = entry.map_err(StoreError::io("read", self.folder.path()))?.path();
            let file = fs::File::open(&path).map_err(StoreError::io("read", &path))?;
            file.sync_all().map_err(StoreError::io("write", &path))?;
        }
        Ok(())
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
