use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::holder::nonce;
use super::process::ProcessIdentity;

/// Beginning of the name of a folder that is being removed.
pub(super) const REMOVED: &str = ".removed-";

/// Removes a folder; `false` if there is none. It is renamed first, so that no reader sees half of it.
///
/// # Errors
/// [`StoreError::Io`] if it cannot be renamed or removed.
pub(super) fn remove_folder(folder: &Path) -> Result<bool, StoreError> {
    match hide(folder)? {
        Some(hidden) => delete(&hidden).map(|()| true),
        None => Ok(false),
    }
}

/// Renames a folder to a name that no reader looks for; `None` if there is no such folder.
///
/// # Errors
/// [`StoreError::Io`] if it cannot be renamed.
pub(super) fn hide(folder: &Path) -> Result<Option<PathBuf>, StoreError> {
    let hidden = folder.with_file_name(format!("{REMOVED}{}", nonce(ProcessIdentity::own())));
    match fs::rename(folder, &hidden) {
        Ok(()) => Ok(Some(hidden)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("remove", folder)(error)),
    }
}

/// Deletes a folder or file that may be gone already.
///
/// # Errors
/// [`StoreError::Io`] if it cannot be deleted.
pub(super) fn delete(path: &Path) -> Result<(), StoreError> {
    let deleted = match fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match deleted {
        // Not empty: over a network a file that some process still reads keeps its folder until it is closed.
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
