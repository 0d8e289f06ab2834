use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A process, told apart from every other one, on this machine or another. A text is empty where the system does not
/// provide it; nothing is concluded from an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessIdentity {
    /// Name of the host.
    pub host: String,
    /// Identity of the installed system (`/etc/machine-id`): host names of two machines may be equal.
    pub machine: String,
    /// Identity of the system's start: a process of another start no longer exists.
    pub boot: String,
    /// Namespace that the process number belongs to: containers of one host have their own.
    pub namespace: String,
    /// Number of the process.
    pub pid: u32,
    /// Start time of the process, clock ticks since the system's start: numbers are used again.
    pub start: Option<u64>,
}

/// The state of a process as seen from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProcessState {
    /// It exists, if only stopped.
    Running,
    /// It no longer exists.
    Gone,
    /// It cannot be seen from here: it belongs to another host, or the system hides it.
    Unknown,
}

impl ProcessIdentity {
    /// This process.
    pub fn own() -> &'static Self {
        static OWN: OnceLock<ProcessIdentity> = OnceLock::new();
        OWN.get_or_init(|| {
            let text = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
            let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
            let stat = fs::read("/proc/self/stat").unwrap_or_default();
            Self {
                host: text("/proc/sys/kernel/hostname"),
                machine: text("/etc/machine-id"),
                boot: text("/proc/sys/kernel/random/boot_id"),
                namespace: namespace.display().to_string(),
                pid: std::process::id(),
                start: state_and_start(&stat).map(|(_, start)| start),
            }
        })
    }

    /// The state of this process as the process `observer` can see it.
    pub(super) fn state(&self, observer: &Self) -> ProcessState {
        let same = |own: &str, other: &str| !own.is_empty() && own == other;
        let same_start = same(&self.boot, &observer.boot);
        if same_start && same(&self.namespace, &observer.namespace) {
            return self.listed();
        }
        let same_host = same(&self.host, &observer.host) && same(&self.machine, &observer.machine);
        let started_again = !same_start && !self.boot.is_empty() && !observer.boot.is_empty();
        match same_host && started_again {
            true => ProcessState::Gone,
            false => ProcessState::Unknown,
        }
    }

    /// The state in the system's list of processes.
    fn listed(&self) -> ProcessState {
        match fs::read(format!("/proc/{}/stat", self.pid)) {
            Ok(stat) => match (state_and_start(&stat), self.start) {
                // `Z` and `X`: it has ended, and its parent has not asked for its exit status yet.
                (Some((state, start)), Some(own)) if start != own || matches!(state, 'Z' | 'X') => {
                    ProcessState::Gone
                }
                (Some(_), Some(_)) => ProcessState::Running,
                _ => ProcessState::Unknown,
            },
            // With the mount option `hidepid` other users' processes are absent too, and so is the first process.
            Err(error) if error.kind() == ErrorKind::NotFound && Path::new("/proc/1").exists() => {
                ProcessState::Gone
            }
            Err(_) => ProcessState::Unknown,
        }
    }
}

/// State and start time of a process: fields 3 and 22 of `/proc/PID/stat`.
fn state_and_start(stat: &[u8]) -> Option<(char, u64)> {
    let text = String::from_utf8_lossy(stat);
    // Field 2 is the program's name in parentheses, which may itself contain spaces and parentheses.
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_from_the_end_of_the_name() {
        let stat = "12 (a ) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(state_and_start(stat.as_bytes()), Some(('S', 4711)));
        assert_eq!(state_and_start(b"12 (a) S 1"), None);
        assert_eq!(state_and_start(b""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_judged_by_all_that_identifies_it() {
        let own = ProcessIdentity::own();
        assert_eq!(own.state(own), ProcessState::Running);
        let changed = |change: fn(&mut ProcessIdentity)| {
            let mut other = own.clone();
            // Set, whatever this machine provides.
            let mut observer = own.clone();
            (other.machine, observer.machine) = ("m".into(), "m".into());
            change(&mut other);
            other.state(&observer)
        };
        assert_eq!(changed(|_| {}), ProcessState::Running);
        // Its number was used again by another process.
        assert_eq!(changed(|p| p.start = p.start.map(|start| start + 1)), ProcessState::Gone);
        assert_eq!(changed(|p| p.start = None), ProcessState::Unknown);
        assert_eq!(changed(|p| p.boot = "another".into()), ProcessState::Gone);
        assert_eq!(changed(|p| p.boot.clear()), ProcessState::Unknown);
        assert_eq!(changed(|p| p.namespace = "pid:[1]".into()), ProcessState::Unknown);
        // Two machines of one name.
        assert_eq!(changed(|p| (p.boot, p.machine) = ("another".into(), "n".into())), ProcessState::Unknown);
        assert_eq!(
            changed(|p| (p.boot, p.host) = ("another".into(), "elsewhere".into())),
            ProcessState::Unknown
        );
    }
}
