use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::positioned::PositionedFile;

/// The files of an uncompressed tar, by an index of their places that is made once from the headers.
pub(super) struct TarArchive {
    path: PathBuf,
    file: PositionedFile,
    names: Vec<String>,
    /// Start and size of each file, bytes.
    places: HashMap<String, (u64, u64)>,
}

impl TarArchive {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = PositionedFile::new(File::open(path)?)?;
        let broken = |error: io::Error| {
            io::Error::other(format!(
                "{} is not a whole tar archive: {error}; fetch it again",
                path.display()
            ))
        };
        let (mut names, mut places) = (Vec::new(), HashMap::new());
        let mut archive = tar::Archive::new(file.clone());
        for entry in archive.entries_with_seek().map_err(broken)? {
            let entry = entry.map_err(broken)?;
            let kind = entry.header().entry_type();
            if kind.is_gnu_sparse() {
                return Err(broken(io::Error::other("it holds sparse files, which are not supported")));
            }
            if !kind.is_file() && !kind.is_contiguous() {
                continue;
            }
            let name = entry.path().map_err(broken)?.into_owned();
            let name: Option<Vec<&str>> = name
                .components()
                .filter(|part| !matches!(part, std::path::Component::CurDir))
                .map(|part| part.as_os_str().to_str())
                .collect();
            let Some(name) = name.map(|parts| parts.join("/")) else {
                let name = entry.path_bytes();
                let name = String::from_utf8_lossy(&name);
                return Err(broken(io::Error::other(format!("the name `{name}` is not valid UTF-8"))));
            };
            let (start, size) = (entry.raw_file_position(), entry.size());
            if start.checked_add(size).is_none_or(|end| end > file.size()) {
                return Err(broken(io::Error::other(format!("it ends within `{name}`"))));
            }
            // As when it is unpacked, the last of equal names counts.
            if places.insert(name.clone(), (start, size)).is_none() {
                names.push(name);
            }
        }
        Ok(Self { path: path.to_path_buf(), file, names, places })
    }
}

impl Archive for TarArchive {
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
        let (start, size) = *self.places.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.file.part(start, size)
    }
}
