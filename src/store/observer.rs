use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::holder::Holder;
use super::process::{ProcessIdentity, ProcessState};

/// Time without a heartbeat after which a process that cannot be seen from here counts as dead.
pub(super) const SILENCE: Duration = Duration::from_secs(60);

/// Judges whether the holders of locks are alive, and remembers the heartbeats that it has seen.
#[derive(Debug)]
pub(super) struct HeartbeatObserver {
    /// The process that judges.
    pub own: ProcessIdentity,
    silence: Duration,
    /// The last change of every counter.
    seen: Mutex<HashMap<PathBuf, Sighting>>,
}

#[derive(Debug)]
struct Sighting {
    /// Nonce of the holder and content of the counter.
    content: (String, Vec<u8>),
    /// First time at which this content was seen, by the observer's clock, which is never set.
    since: Instant,
    /// `true` if it counts as dead until the content changes.
    dead: bool,
}

impl HeartbeatObserver {
    /// An observer in a process; a counter that does not change for `silence` is that of a dead process.
    pub fn new(own: ProcessIdentity, silence: Duration) -> Self {
        Self { own, silence, seen: Mutex::default() }
    }

    /// `true` unless the holder is known to be dead. `None` stands for a holder whose file has unexpected content; it is
    /// judged by its counter, as one of another host.
    pub fn is_alive(&self, holder: Option<&Holder>, counter: &Path, now: Instant) -> bool {
        match holder.map_or(ProcessState::Unknown, |holder| holder.process.state(&self.own)) {
            ProcessState::Running => true,
            ProcessState::Gone => false,
            ProcessState::Unknown => self.is_beating(holder, counter, now),
        }
    }

    /// Takes the holder of a counter for dead until the counter changes, if the holder cannot be seen from here.
    pub fn mark_dead(&self, holder: Option<&Holder>, counter: &Path) {
        let now = Instant::now();
        let sighting = Sighting { content: content(holder, counter), since: now, dead: true };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(counter.to_owned(), sighting);
    }

    /// Forgets counters that no longer exist.
    pub fn forget(&self, belongs: impl Fn(&Path) -> bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.is_empty() {
            seen.retain(|counter, _| !belongs(counter));
        }
    }

    /// `true` if the counter has changed lately. Only contents are compared, and only this observer's own clock is
    /// asked: times of files come from clocks that may be wrong or set back.
    fn is_beating(&self, holder: Option<&Holder>, counter: &Path, now: Instant) -> bool {
        let content = content(holder, counter);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(counter) {
            Some(known) if known.content == content => {
                !known.dead && now.saturating_duration_since(known.since) < self.silence
            }
            _ => {
                seen.insert(counter.to_owned(), Sighting { content, since: now, dead: false });
                true
            }
        }
    }
}

fn content(holder: Option<&Holder>, counter: &Path) -> (String, Vec<u8>) {
    let nonce = holder.map(|holder| holder.nonce.clone()).unwrap_or_default();
    (nonce, fs::read(counter).unwrap_or_default())
}
