//! Files of data sets, in folders or inside archives: a path may go through a ZIP or tar file as through a folder
//! (`photographs.zip/birds/1.jpg`), which is read in place. A Parquet file is a folder of its columns, which hold a file per row.

mod archive;
mod opened;
mod parquet_images;
mod positioned;
mod tar_archive;
mod zip_archive;

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use unicode_normalization::UnicodeNormalization as _;
use walkdir::{DirEntry, WalkDir};

use super::error::DatasetError;
use opened::ArchivedPath;

/// Bytes of a file.
///
/// # Errors
/// As [`std::fs::read`]; a name that an archive lacks is [`io::ErrorKind::NotFound`].
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let exact = |path: &Path| match opened::within(path)? {
        Some(ArchivedPath { archive, name }) => archive.read(&name),
        None => std::fs::read(path),
    };
    match exact(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match other_letters(path) {
            Some(other) => exact(&other),
            None => Err(error),
        },
        read => read,
    }
}

/// The existing file whose name has the same letters in the other encoding, composed or decomposed: file systems and
/// archives change one into the other.
fn other_letters(path: &Path) -> Option<PathBuf> {
    let text = path.to_str().filter(|text| !text.is_ascii())?;
    let forms = [text.nfc().collect::<String>(), text.nfd().collect()];
    forms.into_iter().filter(|form| form != text).map(PathBuf::from).find(|form| is_exactly_file(form))
}

/// `true` if there is a file of that path.
pub(super) fn is_file(path: &Path) -> bool {
    is_exactly_file(path) || other_letters(path).is_some()
}

fn is_exactly_file(path: &Path) -> bool {
    match opened::within(path) {
        Ok(Some(ArchivedPath { archive, name })) => archive.has(&name),
        Ok(None) => path.is_file(),
        Err(_) => false,
    }
}

/// `true` if there is a folder of that path; an archive is one.
pub(super) fn is_folder(path: &Path) -> bool {
    match opened::within(path) {
        Ok(Some(ArchivedPath { archive, name })) => {
            let inside = |file: &String| file.strip_prefix(&name).is_some_and(|rest| rest.starts_with('/'));
            name.is_empty() || archive.names().iter().any(inside)
        }
        Ok(None) => path.is_dir(),
        Err(_) => false,
    }
}

/// Stamp of a file (see [`camlab_base::stamp`]): of its archive, where it is inside one.
pub(super) fn stamp(path: &Path, now: SystemTime) -> Option<String> {
    match opened::within(path) {
        Ok(Some(ArchivedPath { archive, name })) => {
            let stamp = camlab_base::stamp(archive.path(), now)?;
            // Names that an archive lacks must not look like those that it has.
            Some(format!("{stamp} {} {name}", archive.has(&name)))
        }
        Ok(None) => camlab_base::stamp(path, now).or_else(|| camlab_base::stamp(&other_letters(path)?, now)),
        Err(_) => None,
    }
}

/// Path of the file that holds a path: the archive that it is inside, or itself.
pub(super) fn on_disk(path: &Path) -> PathBuf {
    match opened::within(path) {
        Ok(Some(ArchivedPath { archive, .. })) => archive.path().to_path_buf(),
        _ => path.to_path_buf(),
    }
}

/// Names of all files below a folder, separated by `/`, sorted folder by folder; hidden files and folders, and those
/// that `leave_out` names, are left out.
///
/// # Errors
/// A folder that cannot be read, or a name that is not UTF-8.
pub(super) fn below(root: &Path, leave_out: Option<&Path>) -> Result<Vec<String>, DatasetError> {
    match opened::within(root).map_err(|error| DatasetError::unreadable(root, error))? {
        Some(ArchivedPath { archive, name }) => {
            let outside =
                leave_out.and_then(|path| opened::within(path).ok().flatten()).map(|path| path.name);
            archived(&archive.names(), &name, outside.as_deref(), root)
        }
        None => walked(root, leave_out),
    }
}

fn archived(
    names: &[String],
    folder: &str,
    outside: Option<&str>,
    root: &Path,
) -> Result<Vec<String>, DatasetError> {
    let inside = |name: &str, folder: &str| -> Option<String> {
        match folder {
            "" => Some(name.to_owned()),
            _ => name.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned),
        }
    };
    // macOS adds a second tree of resource forks to its archives.
    let hidden = |name: &str| name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    let mut found: Vec<String> = names
        .iter()
        .filter(|name| outside.is_none_or(|outside| inside(name, outside).is_none()))
        .filter_map(|name| inside(name, folder))
        .filter(|name| !hidden(name))
        .collect();
    if found.is_empty() && !folder.is_empty() {
        return Err(DatasetError::file(root, "is not a folder of the archive; check `root`"));
    }
    found.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    Ok(found)
}

fn walked(root: &Path, leave_out: Option<&Path>) -> Result<Vec<String>, DatasetError> {
    let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let walk = WalkDir::new(root).sort_by_file_name().follow_links(true).into_iter();
    let mut found = Vec::new();
    for entry in walk.filter_entry(|entry| !hidden(entry) && Some(entry.path()) != leave_out) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(root).to_path_buf();
            DatasetError::unreadable(&path, error.io_error().map_or(error.to_string(), |io| io.to_string()))
        })?;
        if entry.file_type().is_file() {
            found.push(relative(root, entry.path()).ok_or_else(|| {
                DatasetError::file(entry.path(), "the name is not valid UTF-8; rename the file")
            })?);
        }
    }
    Ok(found)
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> =
        path.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

#[cfg(test)]
mod tests;
