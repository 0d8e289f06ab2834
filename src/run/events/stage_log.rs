use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camlab_base::date::utc;

/// The log of the stages of one job: a text file per stage in the store, to which every attempt appends. Lines that
/// cannot be written are dropped: a log is no result.
#[derive(Debug, Default)]
pub struct StageLog {
    paths: Vec<PathBuf>,
}

impl StageLog {
    /// The logs of a job, to be appended to.
    pub fn of(paths: Vec<PathBuf>) -> Self {
        Self { paths }
    }

    /// The logs of a job, with a first line each.
    pub fn begin(paths: Vec<PathBuf>, first: &str) -> Self {
        let log = Self { paths };
        log.write(first);
        log
    }

    /// Path of the first stage's log.
    pub fn path(&self) -> Option<&Path> {
        self.paths.first().map(PathBuf::as_path)
    }

    /// The file of the first stage, for the standard error of a worker.
    pub fn file(&self) -> Option<File> {
        let path = self.paths.first()?;
        std::fs::create_dir_all(path.parent()?).ok()?;
        File::options().append(true).create(true).open(path).ok()
    }

    /// Appends a line with the time.
    pub fn write(&self, text: &str) {
        let line = format!("{} {}\n", utc(SystemTime::now()), text.trim_start());
        for path in &self.paths {
            let folder = path.parent().map(std::fs::create_dir_all);
            if folder.is_some_and(|made| made.is_ok()) {
                let file = File::options().append(true).create(true).open(path);
                let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
            }
        }
    }
}
