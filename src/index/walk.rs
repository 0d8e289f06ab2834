use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use camlab_frame::{Row as _, RunRow};
use walkdir::WalkDir;

/// Report folders that were found.
#[derive(Debug, Default)]
pub(super) struct FoundFolders {
    /// Absolute paths, in the order of the walk: by name in every folder.
    pub folders: Vec<PathBuf>,
    /// Folders that could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// Folders that were found, so that none is listed twice.
    known: HashSet<FolderIdentity>,
}

/// Device and inode; the path where the system has none.
#[cfg(unix)]
type FolderIdentity = (u64, u64);
#[cfg(not(unix))]
type FolderIdentity = PathBuf;

#[cfg(unix)]
fn identity(_: &Path, found: &Metadata) -> FolderIdentity {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> FolderIdentity {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

impl FoundFolders {
    /// Adds the reports below a folder, or the folder itself if it is one. Folders inside a report are not entered, nor
    /// hidden ones, nor `store`. Links to folders are followed.
    pub fn below(&mut self, folder: &Path, store: &Path) {
        let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
        let mut entries = WalkDir::new(folder)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                // A link to a folder above is no mistake, and a link to nothing no folder.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) if is_missing(&error) => continue,
                Err(error) => {
                    self.unreadable.push(error.to_string());
                    continue;
                }
            };
            if !entry.file_type().is_dir() {
                continue;
            }
            if entry.path() == store {
                entries.skip_current_dir();
            } else if is_report(entry.path()) {
                if let Ok(found) = entry.metadata() {
                    self.add(entry.path(), &found);
                }
                entries.skip_current_dir();
            }
        }
    }

    /// Adds a folder if it is a report.
    pub fn one(&mut self, folder: &Path) {
        if is_report(folder)
            && let Ok(found) = folder.metadata()
        {
            self.add(folder, &found);
        }
    }

    fn add(&mut self, folder: &Path, found: &Metadata) {
        if self.known.insert(identity(folder, found)) {
            self.folders.push(folder.to_owned());
        }
    }
}

/// `true` for a folder that holds a report.
pub fn is_report(folder: &Path) -> bool {
    folder.join(RunRow::FILE).is_file()
}

fn is_missing(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &FoundFolders, root: &Path) -> Vec<String> {
        let relative = |path: &PathBuf| path.strip_prefix(root).unwrap().display().to_string();
        found.folders.iter().map(relative).collect()
    }

    #[test]
    fn reports_are_found_at_any_depth_and_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for report in ["b", "a/deep/er", "a/one", "a/one/inner", ".hidden/x", "store/kind/key", "b/.making-1"]
        {
            std::fs::create_dir_all(root.join(report)).unwrap();
            std::fs::write(root.join(report).join(RunRow::FILE), "").unwrap();
        }
        std::fs::create_dir_all(root.join("none/here")).unwrap();
        let mut found = FoundFolders::default();
        found.below(root, &root.join("store"));
        found.below(&root.join("a"), &root.join("store"));
        found.one(&root.join("b"));
        found.one(&root.join("none"));
        assert_eq!(names(&found, root), ["a/deep/er", "a/one", "b"]);
        assert!(found.unreadable.is_empty());
        let mut itself = FoundFolders::default();
        itself.below(&root.join("b"), &root.join("store"));
        assert_eq!(names(&itself, root), ["b"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_circles_end() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir_all(root.join("elsewhere/report")).unwrap();
        std::fs::write(root.join("elsewhere/report").join(RunRow::FILE), "").unwrap();
        std::fs::create_dir(root.join("reports")).unwrap();
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(root.join(to), root.join(name)).unwrap();
        link("elsewhere", "reports/link");
        link("reports", "reports/circle");
        link("nothing", "reports/broken");
        let mut found = FoundFolders::default();
        found.below(&root.join("reports"), Path::new("/"));
        assert_eq!(names(&found, root), ["reports/link/report"]);
        assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
    }
}
