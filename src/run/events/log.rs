use std::fs::File;
use std::io::{Result, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::event::{LoggedEvent, RunEvent};
use camlab_base::date::utc;

/// The event log of a run: a JSON object per line, each written at once, so that a reader sees whole lines.
#[derive(Debug)]
pub(super) struct EventLog {
    file: File,
    path: PathBuf,
}

impl EventLog {
    /// Starts the log of a run.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = File::options().append(true).create_new(true).open(path)?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Appends events.
    ///
    /// # Errors
    /// When they cannot be written, such as on a full disk.
    pub fn write(&mut self, events: impl IntoIterator<Item = RunEvent>) -> Result<()> {
        let mut text = String::new();
        for event in events {
            let line = LoggedEvent { time: utc(SystemTime::now()), event };
            text += &serde_json::to_string(&line)?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
