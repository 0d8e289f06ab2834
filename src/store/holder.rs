use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::process::ProcessIdentity;
use camlab_base::date;

/// Name of the file in the folder of a lock or of a draft.
const HOLDER: &str = "holder.json";
/// Name of the counter in the folder of a lock.
const HEARTBEAT: &str = "heartbeat";

/// The process that holds a lock, writes a draft or makes a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holder {
    /// The process.
    #[serde(flatten)]
    pub process: ProcessIdentity,
    /// Text that no other holder has, not even one of the same process.
    pub nonce: String,
    /// Time at which the process took its first lock there, or began its draft or report, seconds since 1970 by the clock of
    /// its host; for display alone.
    pub since: u64,
}

impl Holder {
    /// A new holder in a process.
    pub(super) fn new(process: &ProcessIdentity) -> Self {
        Self { process: process.clone(), nonce: nonce(process), since: now() }
    }

    /// The holder that a folder names; `None` if its file has unexpected content.
    ///
    /// # Errors
    /// A file that is absent or cannot be read.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        Ok(serde_json::from_slice(&fs::read(folder.join(HOLDER))?).ok())
    }

    /// Writes the file into a folder.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(HOLDER), serde_json::to_vec(self)?)
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ProcessIdentity { pid, host, .. } = &self.process;
        if *pid == 0 {
            return f.write_str("an unknown process");
        }
        let host = if host.is_empty() { "an unknown host" } else { host };
        write!(f, "pid {pid} on {host} since {}", date::utc_minutes(self.since))
    }
}

/// Text that no other call returns, in this process or another.
pub(super) fn nonce(process: &ProcessIdentity) -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let text = format!("{process:?} {} {call} {time}", std::process::id());
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Path of a lock's counter.
pub(super) fn heartbeat(lock: &Path) -> std::path::PathBuf {
    lock.join(HEARTBEAT)
}

/// A count that no lock of this process has shown before.
pub(super) fn fresh_count() -> u64 {
    // Far from the counts of heartbeats, which begin at 1.
    static COUNTS: AtomicU64 = AtomicU64::new(1 << 40);
    COUNTS.fetch_add(1, Ordering::Relaxed)
}

/// Creates a counter.
pub(super) fn start_beating(file: &Path) -> io::Result<()> {
    fs::write(file, text(0))
}

/// Writes a counter. In place, and only if the file exists: replacing it would put a new file into a folder that is
/// being removed. All counts have the same length, and a reader that sees half of one sees a change nevertheless.
pub(super) fn beat(file: &Path, count: u64) -> io::Result<()> {
    fs::File::options().write(true).open(file)?.write_all(text(count).as_bytes())
}

fn text(count: u64) -> String {
    format!("{count:020}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_shown_with_process_host_and_time() {
        let process = ProcessIdentity { host: "a".into(), pid: 123, ..Default::default() };
        let holder = Holder { process, nonce: "n".into(), since: 951_782_400 };
        assert_eq!(holder.to_string(), "pid 123 on a since 2000-02-29 00:00");
        assert_eq!(Holder::default().to_string(), "an unknown process");
    }

    #[test]
    fn a_holder_is_read_as_it_was_written_and_damage_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Holder::read(folder.path()).is_err());
        let holder = Holder::new(ProcessIdentity::own());
        holder.write(folder.path()).unwrap();
        assert_eq!(Holder::read(folder.path()).unwrap(), Some(holder.clone()));
        let path = folder.path().join(HOLDER);
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(Holder::read(folder.path()).unwrap(), None);
        assert_ne!(Holder::new(ProcessIdentity::own()).nonce, holder.nonce);
    }

    #[test]
    fn a_counter_is_written_where_it_exists_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = heartbeat(folder.path());
        assert!(beat(&file, 1).is_err() && !file.exists());
        start_beating(&file).unwrap();
        let first = fs::read(&file).unwrap();
        beat(&file, 1).unwrap();
        assert_ne!(fs::read(&file).unwrap(), first);
        assert_eq!(fs::read(&file).unwrap().len(), first.len());
    }
}
