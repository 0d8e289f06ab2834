use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use camlab_base::file;
use camlab_store::{HeldLock, LockFolder, Locked, StoreError, tidy};
use serde::{Deserialize, Serialize};

/// File of a report folder with its tags and its note.
pub const LABELS: &str = "labels.toml";
/// Name of the lock that is held while it is changed.
const LOCK: &str = ".labels";
/// Time between two attempts to get the lock.
const POLL: Duration = Duration::from_millis(5);
/// Time after which another process that holds the lock is reported.
const PATIENCE: Duration = Duration::from_secs(30);
/// Signs that a tag may contain beside letters and digits: an expression takes it without quotes.
const SIGNS: &str = "-_.:/+@#";

/// Tags and note of a report, which people give it. They stand in `labels.toml` of its folder, no frame knows them, and
/// no run of the experiment changes them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportLabels {
    /// The tags, sorted, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The note; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Errors of reading and changing tags and notes.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file has unexpected content.
    #[error("{} is damaged ({why}); correct it, or delete it to start anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// A word that cannot be a tag.
    #[error("`{tag}` is no tag; use letters, digits and {SIGNS}, such as `best` or `paper-v2`")]
    Tag {
        /// The word.
        tag: String,
    },
    /// Another process changes the labels for long.
    #[error("{holder} has been changing the labels of {} for {} s; try again", folder.display(), PATIENCE.as_secs())]
    Busy {
        /// The report.
        folder: PathBuf,
        /// The process.
        holder: String,
    },
}

impl ReportLabels {
    /// The labels of a report; none without the file.
    ///
    /// # Errors
    /// [`LabelError::Store`] if the file cannot be read, [`LabelError::Damaged`] for unexpected content.
    pub fn read(folder: &Path) -> Result<Self, LabelError> {
        let path = folder.join(LABELS);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let mut labels: Self = toml::from_str(&text)
                    .map_err(|error| LabelError::Damaged { why: error.message().replace('\n', " "), path })?;
                // People may edit the file.
                labels.tags.sort();
                labels.tags.dedup();
                Ok(labels)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(LabelError::Damaged { path, why: "no UTF-8 text".into() })
            }
            Err(error) => Err(StoreError::io("read", &path)(error).into()),
        }
    }

    /// Changes the labels of a report under a lock: of several processes that do so at once, none loses the change of
    /// another. Returns the labels afterwards.
    ///
    /// # Errors
    /// As [`ReportLabels::read`]; [`LabelError::Busy`] if the lock is held for long; the errors of `change`.
    pub fn change(
        folder: &Path,
        change: impl FnOnce(&mut Self) -> Result<(), LabelError>,
    ) -> Result<Self, LabelError> {
        let lock = locked(folder)?;
        let changed = Self::read(folder).and_then(|before| {
            let mut labels = before.clone();
            change(&mut labels)?;
            if labels != before {
                labels.write(folder)?;
            }
            Ok(labels)
        });
        lock.release(true);
        // A report folder is no store: nothing is kept in it for the next lock.
        tidy();
        changed
    }

    fn write(&self, folder: &Path) -> Result<(), LabelError> {
        let path = folder.join(LABELS);
        let text = toml::to_string(self)
            .map_err(|error| LabelError::Damaged { path: path.clone(), why: error.to_string() })?;
        Ok(file::replace_durably(&path, text.as_bytes()).map_err(StoreError::io("write", &path))?)
    }

    /// Adds a tag.
    ///
    /// # Errors
    /// [`LabelError::Tag`] for a word that an expression could not name without quotes.
    pub fn tag(&mut self, tag: &str) -> Result<(), LabelError> {
        let valid = tag.starts_with(char::is_alphanumeric)
            && tag.chars().all(|letter| letter.is_alphanumeric() || SIGNS.contains(letter));
        match valid {
            true => {
                if let Err(place) = self.tags.binary_search_by(|known| known.as_str().cmp(tag)) {
                    self.tags.insert(place, tag.to_owned());
                }
                Ok(())
            }
            false => Err(LabelError::Tag { tag: tag.to_owned() }),
        }
    }
}

fn locked(folder: &Path) -> Result<HeldLock, LabelError> {
    let locks = LockFolder::new(folder);
    let start = Instant::now();
    loop {
        match locks.lock(LOCK)? {
            Locked::Held(lock) => return Ok(lock),
            Locked::Elsewhere(holder) if start.elapsed() > PATIENCE => {
                return Err(LabelError::Busy { folder: folder.to_owned(), holder: holder.to_string() });
            }
            Locked::Elsewhere(_) => std::thread::sleep(POLL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_kept_and_none_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ReportLabels::read(folder.path()).unwrap(), ReportLabels::default());
        ReportLabels::change(folder.path(), |_| Ok(())).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let changed = ReportLabels::change(folder.path(), |labels| {
            labels.note = "a \"note\"\nof two lines".into();
            labels.tag("best")
        });
        assert_eq!(ReportLabels::read(folder.path()).unwrap(), changed.unwrap());
        // No lock is left.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(folder.path().join(LABELS), "tags = 3").unwrap();
        assert!(matches!(ReportLabels::read(folder.path()), Err(LabelError::Damaged { .. })));
    }

    #[test]
    fn tags_are_words() {
        let mut labels = ReportLabels::default();
        for tag in ["best", "paper-v2", "2026.11", "größer"] {
            labels.tag(tag).unwrap();
        }
        for tag in ["", "-draft", "two words", "a,b", "a\nb", "\"x\""] {
            assert!(labels.tag(tag).unwrap_err().to_string().contains("is no tag"), "{tag}");
        }
        assert_eq!(labels.tags.len(), 4);
    }

    #[test]
    fn of_several_writers_none_loses_a_change() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let path = folder.path();
                scope.spawn(move || {
                    for number in 0..10 {
                        ReportLabels::change(path, |labels| labels.tag(&format!("t{thread}-{number}")))
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(ReportLabels::read(folder.path()).unwrap().tags.len(), 40);
    }
}
