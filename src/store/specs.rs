use std::fs;
use std::path::{Path, PathBuf};

use camlab_graph::{SharedText, Stage, StageKey, StageRef};

use super::{Store, StoreError};
use camlab_base::file;

/// Folder of the stages that runs of this store consist of.
const SPECS: &str = "specs";

impl Store {
    /// Writes down stages, so that any process can make their artefacts.
    ///
    /// # Errors
    /// [`StoreError::Io`] if a file cannot be written.
    pub fn record<'a>(&self, stages: impl Iterator<Item = &'a Stage>) -> Result<(), StoreError> {
        for stage in stages {
            let path = self.specification(&stage.place());
            let folder = self.specifications(&stage.spec.kind);
            let failed = StoreError::io("write", &path);
            let text = match serde_json::to_string(stage) {
                Ok(text) => text,
                Err(error) => return Err(failed(error.into())),
            };
            if fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
                continue;
            }
            fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
            file::replace(&path, text.as_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    /// The recorded stages whose keys begin with `key`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for a file that holds no stage.
    pub fn recorded(&self, key: &str) -> Result<Vec<Stage>, StoreError> {
        let kinds: Vec<PathBuf> = entries(&self.root().join(SPECS)).collect();
        let mut paths: Vec<PathBuf> = kinds.iter().flat_map(|kind| entries(kind)).collect();
        // The order of a directory differs between machines.
        paths.sort();
        let named =
            |path: &PathBuf| path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with(key));
        paths.into_iter().filter(named).map(|path| read(&path)).collect()
    }

    /// One recorded stage; `None` if it was not recorded or its file cannot be used.
    pub fn recorded_stage(&self, stage: &StageRef) -> Option<Stage> {
        read(&self.specification(stage)).ok()
    }

    /// The keys of the recorded stages of a kind, in no order.
    pub(super) fn recorded_keys(&self, kind: &str) -> Vec<StageKey> {
        let stem =
            |path: PathBuf| path.file_stem().map(|name| StageKey(SharedText::from(&*name.to_string_lossy())));
        entries(&self.specifications(kind)).filter_map(stem).collect()
    }

    pub(super) fn specification(&self, stage: &StageRef) -> PathBuf {
        self.specifications(&stage.kind).join(format!("{}.json", stage.key))
    }

    fn specifications(&self, kind: &str) -> PathBuf {
        self.root().join(SPECS).join(kind)
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn read(path: &Path) -> Result<Stage, StoreError> {
    let bytes = fs::read(path).map_err(StoreError::io("read", path))?;
    let damaged = |why: String| StoreError::Damaged { path: path.to_path_buf(), why };
    let stage: Stage = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    let named =
        StageKey(path.file_stem().map(|name| SharedText::from(&*name.to_string_lossy())).unwrap_or_default());
    match stage.spec.key() == named {
        true => Ok(stage),
        false => Err(damaged("it describes another stage".into())),
    }
}
