use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use camlab_graph::{SharedText, Stage, StageKey, StageRef};
use rayon::prelude::*;

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
            let folder = self.root().join(SPECS).join(&stage.spec.kind);
            let path = folder.join(format!("{}.json", stage.key));
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
        let paths = files(&self.root().join(SPECS));
        let named =
            |path: &PathBuf| path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with(key));
        paths.into_iter().filter(named).map(|path| read(&path)).collect()
    }

    /// One recorded stage; `None` if it was not recorded or its file cannot be used.
    pub fn recorded_stage(&self, stage: &StageRef) -> Option<Stage> {
        read(&self.root().join(SPECS).join(&stage.kind).join(format!("{}.json", stage.key))).ok()
    }
}

/// The recorded stages of a store that have an artefact, to find out why another has none.
#[derive(Debug, Default)]
pub struct KnownSpecs {
    by_name: HashMap<(String, String), Vec<Stage>>,
}

/// Number of stages of one kind and label that a stage is compared with.
const COMPARED: usize = 16;

impl KnownSpecs {
    /// The recorded stages of a store that have an artefact.
    pub fn of(store: &Store) -> Self {
        let paths = files(&store.root().join(SPECS));
        let known: Vec<Stage> = paths
            .par_iter()
            .filter_map(|path| read(path).ok())
            .filter(|stage| store.holds(&stage.place()))
            .collect();
        let mut by_name: HashMap<(String, String), Vec<Stage>> = HashMap::new();
        for stage in known {
            let name = (stage.spec.kind.to_string(), stage.hints.label.clone());
            by_name.entry(name).or_default().push(stage);
        }
        Self { by_name }
    }

    /// The differences from the most similar stage with an artefact, which are the reason why this one must be made.
    /// `None` if there is no such stage of this kind and label.
    pub fn changed(&self, stage: &Stage) -> Option<Vec<String>> {
        let known = self.by_name.get(&(stage.spec.kind.to_string(), stage.hints.label.clone()))?;
        // In a sweep every cell has such a stage; that of the same cell is most likely the one before a change.
        let of_cell = |own: bool| known.iter().filter(move |k| (k.hints.cell == stage.hints.cell) == own);
        let others = of_cell(true).chain(of_cell(false)).filter(|other| other.key != stage.key);
        others.take(COMPARED).map(|other| stage.spec.differences(&other.spec)).min_by_key(Vec::len)
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let kinds: Vec<PathBuf> = entries(folder).map(|entry| entry.path()).collect();
    let mut all: Vec<PathBuf> =
        kinds.iter().flat_map(|kind| entries(kind)).map(|entry| entry.path()).collect();
    // The order of a directory differs between machines.
    all.sort();
    all
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
