//! All that this process owns in stores: locks that it holds, counters that it increments, drafts that it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::holder::{Holder, beat, heartbeat};
use super::idle::{self, IdleFolder, PREPARED};
use super::removal;

/// Time between two heartbeats.
const INTERVAL: Duration = Duration::from_secs(10);

/// Nothing is read or written while this is locked: a file system that does not answer must not stop other threads.
static OWNED: Mutex<Owned> = Mutex::new(Owned::new());

struct Owned {
    /// The nonce of every lock by its folder.
    locks: BTreeMap<PathBuf, String>,
    /// The counters.
    counters: BTreeSet<PathBuf>,
    /// The folders of the drafts.
    drafts: BTreeSet<PathBuf>,
    /// `true` while the thread runs that increments the counters.
    beating: bool,
}

impl Owned {
    const fn new() -> Self {
        Self { locks: BTreeMap::new(), counters: BTreeSet::new(), drafts: BTreeSet::new(), beating: false }
    }
}

fn owned() -> MutexGuard<'static, Owned> {
    // No code that can panic runs while it is locked, so a poisoned one is valid.
    OWNED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a lock that this process has acquired.
///
/// # Errors
/// When the thread that writes heartbeats cannot be started; the lock is added nevertheless.
pub(super) fn add_lock(folder: &Path, nonce: &str) -> io::Result<()> {
    owned().locks.insert(folder.to_owned(), nonce.to_owned());
    add_counter(&heartbeat(folder))
}

/// Adds a counter.
///
/// # Errors
/// When the thread that writes heartbeats cannot be started.
pub(super) fn add_counter(file: &Path) -> io::Result<()> {
    let mut owned = owned();
    owned.counters.insert(file.to_owned());
    if !owned.beating {
        std::thread::Builder::new().name("heartbeat".into()).spawn(keep_beating)?;
        owned.beating = true;
    }
    Ok(())
}

/// Adds a draft.
pub(super) fn add_draft(folder: &Path) {
    owned().drafts.insert(folder.to_owned());
}

/// Forgets a draft.
pub(super) fn forget_draft(folder: &Path) {
    owned().drafts.remove(folder);
}

/// Ends a lock: forgets it, and keeps its folder for the next one. Nothing happens if it was released before.
pub(super) fn end_lock(folder: &Path, nonce: &str) {
    let mut owned = owned();
    if owned.locks.get(folder).is_none_or(|own| own != nonce) {
        return;
    }
    owned.locks.remove(folder);
    owned.counters.remove(&heartbeat(folder));
    drop(owned);
    let Some(holder) = holder_of(folder, nonce) else { return };
    // What cannot be renamed is the lock of a process that does not hold it: others take it over.
    let path = folder.with_file_name(format!("{PREPARED}{nonce}"));
    if fs::rename(folder, &path).is_ok() {
        idle::put(IdleFolder { path, holder });
    }
}

/// Removes the folder of a lock if it is still that of the given holder; another process may have taken it for dead.
fn remove_lock(folder: &Path, nonce: &str) {
    if holder_of(folder, nonce).is_some() {
        // What cannot be removed is the lock of a process that does not hold it: others take it over.
        let _ = removal::remove_folder(folder);
    }
}

/// The holder that the folder of a lock names, if it has this nonce.
fn holder_of(folder: &Path, nonce: &str) -> Option<Holder> {
    Holder::read(folder).ok().flatten().filter(|holder| holder.nonce == nonce)
}

/// Increments all counters until there are none. The process does not wait for it when it exits.
fn keep_beating() {
    for count in 1.. {
        std::thread::sleep(INTERVAL);
        let counters = {
            let mut owned = owned();
            owned.beating = !owned.counters.is_empty();
            owned.counters.clone()
        };
        if counters.is_empty() {
            return;
        }
        for counter in counters {
            // A lock may have been released since, and a store may be out of reach for a while.
            let _ = beat(&counter, count);
        }
    }
}

/// Releases every lock that this process holds, as if its work had failed.
pub(super) fn release_all() {
    let locks = {
        let mut owned = owned();
        for lock in owned.locks.keys().map(|folder| heartbeat(folder)).collect::<Vec<_>>() {
            owned.counters.remove(&lock);
        }
        std::mem::take(&mut owned.locks)
    };
    locks.iter().for_each(|(folder, nonce)| remove_lock(folder, nonce));
}

/// Removes every draft of this process and releases every lock that it holds, in all stores: for an exit at which no
/// destructor runs, such as after a signal. Any thread may call it, more than once; what cannot be removed is left for
/// `camlab store gc`. A thread that still writes a draft gets an error.
pub fn abandon() {
    let drafts = std::mem::take(&mut owned().drafts);
    for draft in drafts {
        // Renamed first: a thread that goes on writing finds no folder, and adds nothing to what is deleted.
        let _ = removal::remove_folder(&draft);
    }
    release_all();
    idle::tidy();
    let counters = std::mem::take(&mut owned().counters);
    for counter in counters {
        let _ = fs::remove_file(counter);
    }
}
