//! Access to the files of an archive.

use std::io;
use std::path::Path;

/// A file that holds other files, which are read one by one in any order.
pub(super) trait Archive: Send + Sync {
    /// The archive's own file.
    fn path(&self) -> &Path;

    /// Names of its files, separated by `/`, in the archive's order.
    fn names(&self) -> Vec<String>;

    /// `true` if it holds a file of that name.
    fn has(&self, name: &str) -> bool;

    /// Bytes of one file.
    ///
    /// # Errors
    /// A name that it lacks ([`io::ErrorKind::NotFound`]), or damaged data.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
}
