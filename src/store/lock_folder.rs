//! Locks that are folders, correct with nothing but atomic renames, as over a network file system.
//!
//! A lock `NAME` is a folder `NAME.<generation>` with the file of its holder and a counter, the heartbeat. It is prepared
//! under another name and renamed. A folder cannot be renamed onto one that is not empty, so that one process alone gets
//! a generation. The highest generation counts: if its holder is dead, the next one can be taken.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::StoreError;
use super::holder::{Holder, beat, fresh_count, heartbeat, start_beating};
use super::idle::{self, IdleFolder, PREPARED};
use super::observer::{HeartbeatObserver, SILENCE};
use super::process::ProcessIdentity;
use super::temporary::temporary;
use super::{owned, removal};

/// Attempts to get a lock that other processes acquire or release at the same time; each fails only if another process
/// has got on.
const ATTEMPTS: usize = 1000;

/// A folder of locks.
#[derive(Debug, Clone)]
pub struct LockFolder {
    folder: PathBuf,
    observer: Arc<HeartbeatObserver>,
}

/// The answer to an attempt to get a lock.
#[derive(Debug)]
pub enum Locked {
    /// This process holds it now.
    Held(HeldLock),
    /// It is held, by another process or by this one.
    Elsewhere(Holder),
}

/// A lock that this process holds; dropped, it is released as after a failure.
#[derive(Debug)]
#[must_use = "a lock is released when it is dropped"]
pub struct HeldLock {
    locks: LockFolder,
    name: String,
    generation: u64,
    nonce: String,
}

impl LockFolder {
    /// The locks in a folder, which is created with the first one. Clones share their memory of other hosts' heartbeats;
    /// a process on another host counts as dead when its heartbeat has not changed for 60 s under the eyes of one
    /// `LockFolder` and its clones.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let observer = HeartbeatObserver::new(ProcessIdentity::own().clone(), SILENCE);
        Self::observed(folder.into(), Arc::new(observer))
    }

    /// The locks in a folder, with a memory that others share.
    pub(super) fn observed(folder: PathBuf, observer: Arc<HeartbeatObserver>) -> Self {
        Self { folder, observer }
    }

    /// Tries to get a lock; does not wait. `name` is a file name.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the folder cannot be read or written.
    pub fn lock(&self, name: &str) -> Result<Locked, StoreError> {
        self.lock_at(name, Instant::now())
    }

    /// The live holder of a lock.
    pub fn holder(&self, name: &str) -> Option<Holder> {
        self.holder_at(name, Instant::now())
    }

    pub(super) fn lock_at(&self, name: &str, now: Instant) -> Result<Locked, StoreError> {
        fs::create_dir_all(&self.folder).map_err(StoreError::io("create", &self.folder))?;
        for _ in 0..ATTEMPTS {
            let Some(last) = self.last(name)? else {
                match self.take(name, 0)? {
                    Some(lock) => return Ok(Locked::Held(lock)),
                    None => continue,
                }
            };
            let folder = self.place(name, last);
            let Some(dead) = found(&folder) else { continue };
            if self.observer.is_alive(dead.as_ref(), &heartbeat(&folder), now) {
                return Ok(Locked::Elsewhere(dead.unwrap_or_default()));
            }
            let Some(lock) = self.take(name, last.saturating_add(1))? else { continue };
            // The dead one must still be there. Otherwise a process that took it over has finished since and removed all
            // generations, and yet another may hold a lower one than this.
            if found(&folder).is_some_and(|still| still == dead) {
                return Ok(Locked::Held(lock));
            }
            lock.release(false);
        }
        Ok(Locked::Elsewhere(Holder::default()))
    }

    pub(super) fn holder_at(&self, name: &str, now: Instant) -> Option<Holder> {
        let Some(last) = self.last(name).ok()? else {
            self.observer.forget(|counter| self.is_of(name, counter));
            return None;
        };
        let folder = self.place(name, last);
        let holder = found(&folder)?;
        let alive = self.observer.is_alive(holder.as_ref(), &heartbeat(&folder), now);
        alive.then(|| holder.unwrap_or_default())
    }

    /// The names of all locks in the folder, with the folder of the highest generation.
    pub(super) fn all(&self) -> Vec<(String, PathBuf)> {
        let mut last: std::collections::BTreeMap<String, u64> = Default::default();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let entry = entry.file_name().to_string_lossy().into_owned();
            if let Some((name, generation)) = split(&entry) {
                let highest = last.entry(name.to_owned()).or_default();
                *highest = generation.max(*highest);
            }
        }
        last.into_iter()
            .map(|(name, generation)| {
                let folder = self.place(&name, generation);
                (name, folder)
            })
            .collect()
    }

    /// The generations of a lock, in no order.
    fn generations(&self, name: &str) -> Result<Vec<u64>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("read", &self.folder)(error)),
        };
        let mut generations = Vec::new();
        for entry in entries {
            let entry = entry.map_err(StoreError::io("read", &self.folder))?.file_name();
            let entry = entry.to_string_lossy();
            generations.extend(split(&entry).filter(|(of, _)| *of == name).map(|(_, generation)| generation));
        }
        Ok(generations)
    }

    fn last(&self, name: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.generations(name)?.into_iter().max())
    }

    /// Takes a generation; `None` if another process has it.
    fn take(&self, name: &str, generation: u64) -> Result<Option<HeldLock>, StoreError> {
        let failed = StoreError::io("create", &self.folder);
        let target = self.place(name, generation);
        let nonce = match self.publish(&target) {
            Ok(Some(nonce)) => nonce,
            Ok(None) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let lock = HeldLock { locks: self.clone(), name: name.into(), generation, nonce };
        match owned::add_lock(&target, &lock.nonce) {
            Ok(()) => Ok(Some(lock)),
            // Without heartbeats other hosts would take this process for dead.
            Err(error) => Err(StoreError::io("start the heartbeat of", &target)(error)),
        }
    }

    /// Puts a folder of this process in the place of a lock; returns its nonce, or `None` if another process was first.
    fn publish(&self, target: &Path) -> io::Result<Option<String>> {
        let prepared = match idle::take(&self.folder, PREPARED, &self.observer.own) {
            Some(known) => {
                // Otherwise a process of another host could take this lock for the one that it saw before.
                let _ = beat(&heartbeat(&known.path), fresh_count());
                known
            }
            None => self.prepare()?,
        };
        let renamed = match fs::rename(&prepared.path, target) {
            // A folder that was kept is gone, such as with its store.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let anew = self.prepare()?;
                return self.put(anew, target);
            }
            renamed => renamed,
        };
        self.conclude(prepared, target, renamed)
    }

    fn put(&self, prepared: IdleFolder, target: &Path) -> io::Result<Option<String>> {
        let renamed = fs::rename(&prepared.path, target);
        self.conclude(prepared, target, renamed)
    }

    fn conclude(
        &self,
        prepared: IdleFolder,
        target: &Path,
        renamed: io::Result<()>,
    ) -> io::Result<Option<String>> {
        let Err(error) = renamed else { return Ok(Some(prepared.holder.nonce)) };
        let exists = target.exists();
        // A network file system may repeat a rename whose answer was lost, and report the second as failed.
        if exists && found(target).flatten().is_some_and(|found| found.nonce == prepared.holder.nonce) {
            return Ok(Some(prepared.holder.nonce));
        }
        idle::put(prepared);
        // It existed a moment ago.
        let existed = matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty);
        if exists || existed { Ok(None) } else { Err(error) }
    }

    /// A folder with the files of a lock that this process holds.
    fn prepare(&self) -> io::Result<IdleFolder> {
        let holder = Holder::new(&self.observer.own);
        let draft = temporary().prefix(PREPARED).tempdir_in(&self.folder)?;
        holder.write(draft.path())?;
        start_beating(&heartbeat(draft.path()))?;
        Ok(IdleFolder { path: draft.keep(), holder })
    }

    fn place(&self, name: &str, generation: u64) -> PathBuf {
        self.folder.join(format!("{name}.{generation}"))
    }

    fn is_of(&self, name: &str, counter: &Path) -> bool {
        let lock = counter.parent().filter(|lock| lock.parent() == Some(&self.folder));
        let entry = lock.and_then(Path::file_name).map(|entry| entry.to_string_lossy());
        entry.is_some_and(|entry| split(&entry).is_some_and(|(of, _)| of == name))
    }
}

/// Name and generation of a lock's folder.
fn split(entry: &str) -> Option<(&str, u64)> {
    let (name, generation) = entry.rsplit_once('.')?;
    Some((name, generation.parse().ok()?)).filter(|(name, _)| !name.is_empty())
}

/// The holder of a lock, `Some(None)` if it cannot be read; `None` if the lock does not exist.
fn found(folder: &Path) -> Option<Option<Holder>> {
    match Holder::read(folder) {
        Ok(holder) => Some(holder),
        Err(_) => folder.exists().then_some(None),
    }
}

impl HeldLock {
    /// Releases the lock. `done` states that the work has succeeded: its result can be seen by every process that gets
    /// the lock from now on, and all generations are removed.
    ///
    /// After a failure only the own generation is removed. Dead lower ones stay: a process that has seen one of them takes
    /// the generation after it, and if they were gone, another process that sees no lock at all could take generation 0
    /// beside it.
    pub fn release(self, done: bool) {
        if done {
            // In this order, so that this lock counts as long as others remain.
            for generation in self.locks.generations(&self.name).unwrap_or_default() {
                if generation < self.generation {
                    // Those of other users of the store may have to stay, which costs a generation.
                    let _ = removal::remove_folder(&self.locks.place(&self.name, generation));
                }
            }
        }
        // The own generation is removed when `self` is dropped.
    }

    /// `true` unless another process has taken this one for dead, as after a suspension of minutes on another host.
    pub fn is_current(&self) -> bool {
        let own = self.locks.place(&self.name, self.generation);
        let last = self.locks.last(&self.name).ok().flatten();
        let found = found(&own).flatten();
        last == Some(self.generation) && found.is_some_and(|found| found.nonce == self.nonce)
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        owned::end_lock(&self.locks.place(&self.name, self.generation), &self.nonce);
    }
}

#[cfg(test)]
mod tests;
