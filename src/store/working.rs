use std::fs;
use std::path::PathBuf;

use camlab_base::file;

use super::StoreError;

/// A folder of files that are not artefacts, each replaced atomically: the unfinished state of a stage, or cached
/// digests.
#[derive(Debug, Clone)]
pub struct Working {
    pub(super) folder: PathBuf,
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
