use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::archive::{Archive, plain_name};
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
        let file = PositionedFile::new(path)?;
        let broken = |error: io::Error| {
            io::Error::other(format!(
                "{} is not a whole tar archive: {error}; fetch it again",
                path.display()
            ))
        };
        let (mut names, mut places) = (Vec::new(), HashMap::<String, (u64, u64)>::new());
        let mut archive = tar::Archive::new(file.clone());
        for entry in archive.entries_with_seek().map_err(broken)? {
            let entry = entry.map_err(broken)?;
            let kind = entry.header().entry_type();
            if kind.is_gnu_sparse() {
                return Err(broken(io::Error::other("it holds sparse files, which are not supported")));
            }
            let name = plain_name(&entry.path().map_err(broken)?).map_err(broken)?;
            if kind.is_hard_link() {
                // Its bytes are those of a file before it.
                let target = entry.link_name().map_err(broken)?;
                let target = target.map(|target| plain_name(&target)).transpose().map_err(broken)?;
                let place = target.as_ref().and_then(|target| places.get(target)).copied();
                let place = place.ok_or_else(|| {
                    broken(io::Error::other(format!("`{name}` is a link to a file that it lacks")))
                })?;
                if places.insert(name.clone(), place).is_none() {
                    names.push(name);
                }
                continue;
            }
            if kind.is_symlink() {
                let remedy = "pack the files that links lead to (`tar --dereference`)";
                return Err(broken(io::Error::other(format!("`{name}` is a symbolic link; {remedy}"))));
            }
            if !kind.is_file() && !kind.is_contiguous() {
                continue;
            }
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
