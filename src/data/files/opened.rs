//! Archives that paths go through, opened once.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::archive::Archive;
use super::parquet_images::ParquetImages;
use super::tar_archive::TarArchive;
use super::zip_archive::ZippedFiles;

/// A path inside an archive.
pub(super) struct ArchivedPath {
    pub(super) archive: Arc<dyn Archive>,
    /// Name inside it, separated by `/`; empty for the archive itself.
    pub(super) name: String,
}

/// The archives that were opened, with size and time of their files: one that changed is opened again.
static OPENED: Mutex<Option<HashMap<PathBuf, OpenedArchive>>> = Mutex::new(None);

struct OpenedArchive {
    size: u64,
    modified: Option<SystemTime>,
    archive: Arc<dyn Archive>,
}

/// The archive that a path goes through, or ends at; `None` for a path of folders alone.
///
/// # Errors
/// An archive that cannot be read, with its name and a remedy.
pub(super) fn within(path: &Path) -> io::Result<Option<ArchivedPath>> {
    // Most paths name no archive, and the file system is not asked.
    for candidate in path.ancestors() {
        let Some(open) = format(candidate.file_name()) else { continue };
        let Ok(metadata) = std::fs::metadata(candidate) else { continue };
        if !metadata.is_file() {
            continue;
        }
        let inner: Option<Vec<&str>> = match path.strip_prefix(candidate) {
            Ok(inner) => inner.components().map(|part| part.as_os_str().to_str()).collect(),
            Err(_) => None,
        };
        let Some(inner) = inner else { return Err(io::ErrorKind::NotFound.into()) };
        return Ok(Some(ArchivedPath {
            archive: opened(candidate, &metadata, open)?,
            name: inner.join("/"),
        }));
    }
    Ok(None)
}

type Open = fn(&Path) -> io::Result<Arc<dyn Archive>>;

/// The reader of a file with an archive's extension.
fn format(name: Option<&OsStr>) -> Option<Open> {
    let name = name?.to_str()?.to_ascii_lowercase();
    let compressed = [".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst"];
    if name.ends_with(".zip") {
        Some(|path| Ok(Arc::new(ZippedFiles::open(path)?)))
    } else if name.ends_with(".tar") {
        Some(|path| Ok(Arc::new(TarArchive::open(path)?)))
    } else if name.ends_with(".parquet") {
        Some(|path| Ok(Arc::new(ParquetImages::open(path)?)))
    } else if compressed.iter().any(|end| name.ends_with(end)) {
        Some(|path| {
            let remedy = "unpack it, or make a .tar of it (`gunzip` and the like): images of a compressed tar cannot be \
                          read in any order";
            Err(io::Error::other(format!("{} is compressed as a whole; {remedy}", path.display())))
        })
    } else {
        None
    }
}

fn opened(path: &Path, metadata: &std::fs::Metadata, open: Open) -> io::Result<Arc<dyn Archive>> {
    let (size, modified) = (metadata.len(), metadata.modified().ok());
    // The lock is held while an archive is opened: others wait instead of reading its list, too.
    let mut known = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(opened) = known.get(path).filter(|known| (known.size, known.modified) == (size, modified)) {
        return Ok(Arc::clone(&opened.archive));
    }
    let archive = open(path)?;
    known.insert(path.to_path_buf(), OpenedArchive { size, modified, archive: Arc::clone(&archive) });
    Ok(archive)
}
