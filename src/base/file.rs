//! Atomic file writes: a file is written completely or not at all.

use std::fs::File;
use std::io::{Result, Write as _};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path`: to a temporary file in the same folder, which is then renamed. A reader, or a
/// crash of this process, finds the old file or the new one. The file's mode follows the umask, as that of
/// any other file.
///
/// # Errors
/// When the folder cannot be written, or the disk is full.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, false)
}

/// [`replace`] with the bytes flushed to disk before the rename: a power failure, too, leaves the old file or
/// the new one.
///
/// # Errors
/// As [`replace`].
pub fn replace_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, true)
}

fn put(path: &Path, bytes: &[u8], durably: bool) -> Result<()> {
    let mut file = Replacement::new(path)?;
    file.file().write_all(bytes)?;
    if durably {
        file.file().sync_all()?;
    }
    file.finish()
}

/// A file in the making that takes its place when it is complete, as in [`replace`]; dropped before, it leaves nothing.
#[derive(Debug)]
pub struct Replacement {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Replacement {
    /// An empty file in the folder of `path`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".camlab-");
        // Temporary files are private to their owner by default, and a store or a report may be shared.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        Ok(Self { file: builder.tempfile_in(folder)?, path: path.to_owned() })
    }

    /// The file, to be written to.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn finish(self) -> Result<()> {
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Checks that files can be created in a folder that need not exist yet; nothing is left in it.
///
/// # Errors
/// The reason why not: the folder or one above it is a file, or cannot be written.
pub fn check_writable(folder: &Path) -> Result<()> {
    let mut nearest = folder;
    while !nearest.exists() {
        nearest = match nearest.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    // A folder rather than a file: the store and a report are made of folders.
    tempfile::Builder::new().prefix(".camlab-").tempdir_in(nearest)?.close()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn its_mode_is_that_of_any_other_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        replace(&ours, b"").unwrap();
        std::fs::write(&plain, b"").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn a_folder_that_can_be_made_is_writable_and_one_in_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        check_writable(&folder.path().join("a/b/c")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(check_writable(&file).is_err() && check_writable(&file.join("inside")).is_err());
    }
}
