use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::archive::{Archive, plain_name};
use super::positioned::PositionedFile;

/// Size up to which a file inside an archive is read, bytes: more than the largest image, and far below what a crafted
/// archive unpacks to.
const MOST_BYTES: u64 = 1 << 28;

/// The files of a ZIP archive, stored or deflated.
pub(super) struct ZippedFiles {
    path: PathBuf,
    archive: ZipArchive<PositionedFile>,
    names: Vec<String>,
    /// Place of each file in the archive's list.
    places: HashMap<String, usize>,
}

impl ZippedFiles {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = PositionedFile::new(path)?;
        let archive = ZipArchive::new(file).map_err(|error| {
            io::Error::other(format!(
                "{} is not a whole ZIP archive: {error}; fetch it again",
                path.display()
            ))
        })?;
        let (mut names, mut places) = (Vec::new(), HashMap::new());
        for (place, name) in archive.file_names().enumerate() {
            let name = name.map_err(|error| {
                let remedy = "pack it again with UTF-8 names";
                io::Error::other(format!(
                    "{} has a name that cannot be read: {error}; {remedy}",
                    path.display()
                ))
            })?;
            // Some programs of Windows write its own separator.
            let name = if name.contains('/') { name.into_owned() } else { name.replace('\\', "/") };
            if name.ends_with('/') {
                continue;
            }
            let name = plain_name(Path::new(&name)).map_err(|error| {
                io::Error::other(format!("{} is no archive of images: {error}", path.display()))
            })?;
            if places.insert(name.clone(), place).is_none() {
                names.push(name);
            }
        }
        // A clone has no open file: a thousand archives would have a thousand.
        Ok(Self { path: path.to_path_buf(), archive: archive.clone(), names, places })
    }
}

impl Archive for ZippedFiles {
    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let place = *self.places.get(name).ok_or(io::ErrorKind::NotFound)?;
        // A clone shares the list of files, and opens the archive for itself.
        let mut archive = self.archive.clone();
        let file = archive.by_index(place).map_err(io::Error::other)?;
        if file.size() > MOST_BYTES {
            let size = file.size();
            return Err(io::Error::other(format!("{size} bytes unpacked are more than {MOST_BYTES}")));
        }
        let mut data = Vec::with_capacity((file.size() as usize).min(1 << 24));
        // The size in the list may be wrong.
        file.take(MOST_BYTES).read_to_end(&mut data)?;
        Ok(data)
    }
}
