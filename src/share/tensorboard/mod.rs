use std::path::{Path, PathBuf};

use crate::{ShareError, SharedExperiment};

/// x
pub fn write_event_files(_experiment: &SharedExperiment, _folder: &Path) -> Result<Vec<PathBuf>, ShareError> {
    Ok(vec![])
}
