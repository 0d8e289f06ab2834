use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::archive::Archive;
use super::positioned::PositionedFile;

/// Size up to which a file inside an archive is read, bytes: more than the largest image, and far below what a crafted
/// archive unpacks to.
const MOST_BYTES: u64 = 1 << 30;

/// The files of a ZIP archive, stored or deflated.
pub(super) struct ZippedFiles {
    path: PathBuf,
    archive: ZipArchive<PositionedFile>,
}

impl ZippedFiles {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = PositionedFile::new(File::open(path)?)?;
        let archive = ZipArchive::new(file).map_err(|error| {
            io::Error::other(format!(
                "{} is not a whole ZIP archive: {error}; fetch it again",
                path.display()
            ))
        })?;
        Ok(Self { path: path.to_path_buf(), archive })
    }
}

impl Archive for ZippedFiles {
    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        names.filter(|name| !name.ends_with('/')).map(|name| name.into_owned()).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(name).is_some()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let index = self.archive.index_for_name(name).ok_or(io::ErrorKind::NotFound)?;
        // A clone shares the list of files and the open file, but not the position.
        let mut archive = self.archive.clone();
        let file = archive.by_index(index).map_err(io::Error::other)?;
        if file.size() > MOST_BYTES {
            let size = file.size();
            return Err(io::Error::other(format!("{size} bytes unpacked are more than {MOST_BYTES}")));
        }
        let mut data = Vec::with_capacity(file.size() as usize);
        // The size in the list may be wrong.
        file.take(MOST_BYTES).read_to_end(&mut data)?;
        Ok(data)
    }
}
