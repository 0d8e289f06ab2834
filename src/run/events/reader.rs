use std::fs::File;
use std::io::{BufRead as _, BufReader, Result};
use std::path::Path;

use super::event::LoggedEvent;

/// Reader of an event log that may still grow. A line that is not complete yet is left for the next call; one that is no
/// event, such as of a later version of camlab, is passed over.
#[derive(Debug)]
pub struct EventReader {
    file: BufReader<File>,
    /// The beginning of a line whose end is not written yet.
    part: Vec<u8>,
}

impl EventReader {
    /// Opens a log at its beginning.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { file: BufReader::new(File::open(path)?), part: Vec::new() })
    }

    /// The next event; `None` if no further line is complete yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_event(&mut self) -> Result<Option<LoggedEvent>> {
        loop {
            self.file.read_until(b'\n', &mut self.part)?;
            if self.part.last() != Some(&b'\n') {
                return Ok(None);
            }
            let line = std::mem::take(&mut self.part);
            if let Ok(event) = serde_json::from_slice(&line) {
                return Ok(Some(event));
            }
        }
    }

    /// All complete events of a log.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn all(path: &Path) -> Result<Vec<LoggedEvent>> {
        let mut reader = Self::open(path)?;
        let mut found = Vec::new();
        while let Some(event) = reader.next_event()? {
            found.push(event);
        }
        Ok(found)
    }
}
