use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use camlab_graph::{StageKey, StageSpec};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::cost::{COST, Cost};

pub(super) const MANIFEST: &str = "manifest.json";

/// The specification of an artefact, and the sizes and checksums of its files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The preimage of the artefact's key.
    pub spec: StageSpec,
    files: BTreeMap<String, FileSum>,
    /// blake3 of the two fields above.
    checksum: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FileSum {
    bytes: u64,
    blake3: String,
}

/// The depth of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckDepth {
    /// Sizes, and the content of files that were written to after the artefact was published.
    Changes,
    /// The content of every file.
    Contents,
}

impl Manifest {
    /// The manifest of the files in a folder.
    pub fn of(spec: &StageSpec, folder: &Path) -> Result<Self, StoreError> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
            let path = entry.map_err(StoreError::io("read", folder))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name != MANIFEST && name != COST {
                files.insert(name, FileSum::of(&path)?);
            }
        }
        let checksum = checksum(spec, &files);
        Ok(Self { spec: spec.clone(), files, checksum })
    }

    /// The manifest in a folder, checked against itself and the key that the folder is named by.
    pub fn read(folder: &Path, key: &StageKey) -> Result<Self, StoreError> {
        let path = folder.join(MANIFEST);
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let damaged = |why: String| StoreError::Damaged { path: path.clone(), why };
        let found: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if checksum(&found.spec, &found.files) != found.checksum || found.spec.key() != *key {
            return Err(damaged("its content does not match its checksum".into()));
        }
        Ok(found)
    }

    /// Checks the files of the folder that the manifest was read from.
    pub fn check(&self, folder: &Path, depth: CheckDepth) -> Result<(), StoreError> {
        let modified = |path: &Path| fs::metadata(path).and_then(|known| known.modified());
        let published = modified(&folder.join(MANIFEST)).ok();
        let unchanged = |path: &Path| {
            let times = published.zip(modified(path).ok());
            depth == CheckDepth::Changes && times.is_some_and(|(published, file)| file <= published)
        };
        for (name, sum) in &self.files {
            let path = folder.join(name);
            let damaged = |why: String| StoreError::Damaged { path: path.clone(), why };
            let bytes = fs::metadata(&path).map_err(StoreError::io("read", &path))?.len();
            if bytes != sum.bytes {
                return Err(damaged(format!("{bytes} bytes instead of {}", sum.bytes)));
            }
            if !unchanged(&path) && FileSum::of(&path)? != *sum {
                return Err(damaged("its content does not match its checksum".into()));
            }
        }
        match unchanged(&folder.join(COST)) {
            true => Ok(()),
            false => Cost::read(folder).map(drop),
        }
    }

    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

impl FileSum {
    fn of(path: &Path) -> Result<Self, StoreError> {
        let file = fs::File::open(path).map_err(StoreError::io("read", path))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file).map_err(StoreError::io("read", path))?;
        Ok(Self { bytes: hasher.count(), blake3: hasher.finalize().to_hex().to_string() })
    }
}

fn checksum(spec: &StageSpec, files: &BTreeMap<String, FileSum>) -> String {
    let text = serde_json::json!([spec, files]).to_string();
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
