use std::io;
use std::path::{Component, Path};

/// The name of a file in an archive, its folders separated by `/`: without a leading `/` and `./`, as when it is unpacked.
///
/// # Errors
/// A name that leads out of the archive, or is not UTF-8.
pub(super) fn plain_name(written: &Path) -> io::Result<String> {
    let mut parts = Vec::new();
    for part in written.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(|| {
                io::Error::other(format!("the name `{}` is not valid UTF-8", written.display()))
            })?),
            Component::ParentDir => {
                return Err(io::Error::other(format!("the name `{}` leads out of it", written.display())));
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Ok(parts.join("/"))
}

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
