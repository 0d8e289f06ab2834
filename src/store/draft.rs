use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use camlab_graph::StageSpec;

use super::cost::{COST, Cost};
use super::holder::Holder;
use super::idle::{self, IdleFolder};
use super::manifest::{MANIFEST, Manifest};
use super::process::ProcessIdentity;
use super::temporary::temporary;
use super::{StoreError, owned};

/// Beginning of the name of a draft's folder.
pub(super) const DRAFT: &str = ".draft-";

/// Name of the future artefact in it.
const ARTEFACT: &str = "artefact";

/// An artefact being written.
#[derive(Debug)]
pub struct Draft {
    folder: DraftFolder,
    spec: StageSpec,
    target: PathBuf,
    durable: bool,
}

/// A temporary folder with the file of the process that owns it and the future artefact as a folder inside, so that
/// publishing is one rename and adds nothing to the artefact. Used again when it is dropped.
#[derive(Debug)]
struct DraftFolder {
    outer: PathBuf,
    inner: PathBuf,
    holder: Holder,
}

impl DraftFolder {
    fn new(parent: &Path) -> io::Result<Self> {
        if let Some(known) = idle::take(parent, DRAFT, ProcessIdentity::own()) {
            let inner = known.path.join(ARTEFACT);
            // Otherwise it is gone, such as with its store.
            if fs::create_dir(&inner).is_ok() {
                owned::add_draft(&known.path);
                return Ok(Self { inner, outer: known.path, holder: known.holder });
            }
        }
        let outer = temporary().prefix(DRAFT).tempdir_in(parent)?.keep();
        owned::add_draft(&outer);
        let holder = Holder::new(ProcessIdentity::own());
        let folder = Self { inner: outer.join(ARTEFACT), outer, holder };
        folder.holder.write(&folder.outer)?;
        fs::create_dir(&folder.inner)?;
        Ok(folder)
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        owned::forget_draft(&self.outer);
        let emptied = match fs::remove_dir_all(&self.inner) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        match emptied {
            Ok(()) => {
                idle::put(IdleFolder { path: self.outer.clone(), holder: std::mem::take(&mut self.holder) })
            }
            // What is left is removed by `camlab store gc`.
            Err(_) => drop(fs::remove_dir_all(&self.outer)),
        }
    }
}

impl Draft {
    pub(super) fn new(spec: &StageSpec, target: PathBuf) -> Result<Self, StoreError> {
        let parent = target.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(parent).map_err(StoreError::io("create", parent))?;
        let folder = DraftFolder::new(parent).map_err(StoreError::io("create", parent))?;
        Ok(Self { folder, spec: spec.clone(), target, durable: false })
    }

    /// The folder that the files are written to.
    pub fn folder(&self) -> &Path {
        &self.folder.inner
    }

    /// Path of one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.inner.join(name)
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
        let manifest = Manifest::of(&self.spec, self.folder())?;
        let path = self.path(MANIFEST);
        let text = manifest.text().map_err(|error| StoreError::io("write", &path)(error.into()))?;
        fs::write(&path, text).map_err(StoreError::io("write", &path))?;
        if self.durable {
            self.flush()?;
        }
        if self.target.join(MANIFEST).is_file() {
            return Ok(self.target);
        }
        match fs::rename(self.folder(), &self.target) {
            Ok(()) => {
                if self.durable
                    && let Some(parent) = self.target.parent()
                {
                    // The rename itself; not every file system can flush a folder.
                    let _ = fs::File::open(parent).and_then(|folder| folder.sync_all());
                }
                Ok(self.target)
            }
            Err(_) if self.target.join(MANIFEST).is_file() => Ok(self.target),
            Err(source) => Err(StoreError::io("rename", self.folder())(source)),
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        for entry in fs::read_dir(self.folder()).map_err(StoreError::io("read", self.folder()))? {
            let path = entry.map_err(StoreError::io("read", self.folder()))?.path();
            let file = fs::File::open(&path).map_err(StoreError::io("read", &path))?;
            file.sync_all().map_err(StoreError::io("write", &path))?;
        }
        Ok(())
    }
}
