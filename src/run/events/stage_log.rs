use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camlab_base::date::utc;

/// The log of the stages of one job: a text file per stage in the store, to which every attempt appends. Lines that
/// cannot be written are dropped: a log is no result.
#[derive(Debug, Default)]
pub struct StageLog {
    files: Vec<(PathBuf, Option<File>)>,
}

impl StageLog {
    /// The logs of a job, opened to be appended to.
    pub fn open(paths: Vec<PathBuf>) -> Self {
        let opened = |path: PathBuf| {
            let file = append(&path);
            (path, file)
        };
        Self { files: paths.into_iter().map(opened).collect() }
    }

    /// Path of the first stage's log.
    pub fn path(&self) -> Option<&Path> {
        self.files.first().map(|(path, _)| path.as_path())
    }

    /// The file of the first stage, for the standard error of a worker.
    pub fn file(&self) -> Option<File> {
        self.files.first().and_then(|(_, file)| file.as_ref()?.try_clone().ok())
    }

    /// Appends a line with the time.
    pub fn write(&mut self, text: &str) {
        let line = format!("{} {}\n", utc(SystemTime::now()), text.trim_start());
        for file in self.files.iter_mut().filter_map(|(_, file)| file.as_mut()) {
            let _ = file.write_all(line.as_bytes());
        }
    }
}

fn append(path: &Path) -> Option<File> {
    let open = || File::options().append(true).create(true).open(path);
    // The folder is there but for the first stage of its kind.
    open().or_else(|_| path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| open())).ok()
}
