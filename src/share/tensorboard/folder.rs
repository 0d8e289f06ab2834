use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use camlab_base::file;

use crate::ShareError;

/// Beginning and end of the names of our event files. TensorBoard takes files whose names contain `tfevents`.
const BEGIN: &str = "events.out.tfevents.";
const END: &str = ".camlab";

/// Names of folders, each given once.
#[derive(Debug, Default)]
pub(super) struct FolderNames(BTreeSet<String>);

impl FolderNames {
    /// A folder's name for a run's name: letters, digits, spaces and `._-=+,@()[]` are kept. A name that is taken,
    /// regardless of case, gets the beginning of the run's key.
    pub(super) fn name(&mut self, name: &str, key: &str) -> String {
        let mut name = folder_name(name);
        if !self.0.insert(name.to_lowercase()) {
            name = format!("{name} {}", folder_name(key));
            self.0.insert(name.to_lowercase());
        }
        name
    }
}

/// A text as the name of one folder.
pub(super) fn folder_name(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " ._-=+,@()[]".contains(c) { c } else { '_' };
    let name: String = text.chars().map(plain).take(150).collect();
    // Neither `..` nor what Windows refuses.
    let name = name.trim().trim_end_matches('.').to_owned();
    if name.trim_start_matches('.').is_empty() { "_".into() } else { name }
}

/// Writes the event file of a folder and removes those of an earlier export, which TensorBoard would show as well.
pub(super) fn put(folder: &Path, start_ms: i64, bytes: &[u8]) -> Result<PathBuf, ShareError> {
    fs::create_dir_all(folder).map_err(ShareError::io("create", folder))?;
    let name = format!("{BEGIN}{:010}{END}", start_ms / 1000);
    let path = folder.join(&name);
    file::replace(&path, bytes).map_err(ShareError::io("write", &path))?;
    for entry in fs::read_dir(folder).map_err(ShareError::io("read", folder))? {
        let entry = entry.map_err(ShareError::io("read", folder))?;
        let other = entry.file_name().to_string_lossy().into_owned();
        if other != name && other.starts_with(BEGIN) && other.ends_with(END) {
            fs::remove_file(entry.path()).map_err(ShareError::io("remove", &entry.path()))?;
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_are_plain_and_distinct() {
        let mut names = FolderNames::default();
        assert_eq!(names.name("a/b: lr=0.1", "k1"), "a_b_ lr=0.1");
        assert_eq!(names.name("A\\b: lr=0.1", "k2"), "A_b_ lr=0.1 k2");
        assert_eq!(folder_name(".."), "_");
        assert_eq!(folder_name(" a. "), "a");
    }
}
