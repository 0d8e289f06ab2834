use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use camlab_graph::{StageKey, StageRef};
use rayon::prelude::*;

use super::draft::DRAFT;
use super::holder::{Holder, heartbeat};
use super::idle::PREPARED;
use super::manifest::MANIFEST;
use super::process::ProcessState;
use super::removal::REMOVED;
use super::reports::{DAY, KeptReport, age};
use super::store::{INDEX, LOGS, RUNS};
use super::{Store, StoreError};

/// Beginning of the name of an unfinished state.
const WORKING: &str = ".working-";
/// Beginning of the name of a file that is being replaced.
const REPLACED: &str = ".camlab-";

/// Everything that a store holds.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// The artefacts, sorted by kind and key.
    pub artefacts: Vec<StoredArtefact>,
    /// The rest, sorted by path.
    pub others: Vec<StoredEntry>,
    /// The recorded reports, sorted by folder.
    pub reports: Vec<KeptReport>,
    /// Stages that a live process has locked.
    pub locked: BTreeSet<StageRef>,
}

/// An artefact of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArtefact {
    /// Kind and key.
    pub place: StageRef,
    /// Size of all its files.
    pub bytes: u64,
    /// Time at which it was published, or of the last run that needed it if that is later.
    pub used: SystemTime,
    /// Number of reports that need it: they exist, or are being made.
    pub reports: usize,
}

/// A file or folder of a store that is no artefact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its purpose.
    pub kind: EntryKind,
    /// Its path.
    pub path: PathBuf,
    /// The stage that it belongs to, if to one.
    pub place: Option<StageRef>,
    /// Size of all its files.
    pub bytes: u64,
    /// Time of the last change in it.
    pub changed: SystemTime,
    /// `true` if the process that it belongs to no longer exists.
    pub abandoned: bool,
}

/// The purpose of a file or folder that is no artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Unfinished state of a stage, from which it resumes.
    Unfinished,
    /// A draft of an artefact, a lock in preparation, a file that is being replaced, or what is being removed.
    Temporary,
    /// The lock of a stage.
    Lock,
    /// A recorded stage.
    Recorded,
    /// The log of a stage.
    Log,
    /// A run.
    Run,
    /// The file of a report, or its counter.
    Report,
    /// The digest of an input file.
    Digest,
    /// The index of reports.
    Index,
}

impl EntryKind {
    /// Every kind, with its name in the plural.
    pub const NAMES: [(Self, &'static str); 9] = [
        (Self::Unfinished, "unfinished stages"),
        (Self::Temporary, "temporary files"),
        (Self::Lock, "locks"),
        (Self::Recorded, "recorded stages"),
        (Self::Log, "logs"),
        (Self::Run, "runs"),
        (Self::Report, "files of reports"),
        (Self::Digest, "digests of input files"),
        (Self::Index, "index of reports"),
    ];
}

impl Store {
    /// Lists everything in the store.
    ///
    /// # Errors
    /// [`StoreError::NoStore`] if the folder holds no store, [`StoreError::Io`] if it cannot be read, those of
    /// [`Store::reports`].
    pub fn inventory(&self) -> Result<Inventory, StoreError> {
        self.inventory_at(SystemTime::now())
    }

    /// The same, with ages counted from `now`.
    pub(super) fn inventory_at(&self, now: SystemTime) -> Result<Inventory, StoreError> {
        let top = fs::read_dir(self.root()).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NoStore { path: self.root().to_owned() },
            _ => StoreError::io("read", self.root())(error),
        })?;
        let top: Vec<PathBuf> =
            top.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        let reports = self.reports()?;
        let walk = Walk { store: self, now };
        let mut places = Vec::new();
        let mut found = Vec::new();
        for folder in &top {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            match &*name {
                "specs" => found.extend(walk.by_kind(folder, EntryKind::Recorded, ".json")),
                LOGS => found.extend(walk.by_kind(folder, EntryKind::Log, ".log")),
                "known-sums" => found.extend(walk.flat(folder, EntryKind::Digest)),
                "reports" => found.extend(walk.flat(folder, EntryKind::Report)),
                RUNS => found.extend(walk.flat(folder, EntryKind::Run)),
                INDEX => found.extend(walk.flat(folder, EntryKind::Index)),
                "locks" => found.extend(walk.locks(folder)),
                hidden if hidden.starts_with('.') => {}
                kind => walk.kind(folder, kind, &mut places, &mut found),
            }
        }
        let empty = fs::read_dir(self.root()).is_ok_and(|mut entries| entries.next().is_none());
        if !empty
            && places.is_empty()
            && !["specs", "known-sums"].iter().any(|n| self.root().join(n).is_dir())
        {
            return Err(StoreError::NoStore { path: self.root().to_owned() });
        }
        let mut others: Vec<StoredEntry> =
            found.into_par_iter().filter_map(|seed| walk.measured(seed)).collect();
        others.sort_by(|one, other| one.path.cmp(&other.path));
        let locked = others
            .iter()
            .filter(|entry| entry.kind == EntryKind::Lock && !entry.abandoned)
            .filter_map(|entry| entry.place.clone())
            .collect();
        let uses = uses(&reports);
        let mut artefacts: Vec<StoredArtefact> =
            places.into_par_iter().filter_map(|place| walk.artefact(place, &uses)).collect();
        artefacts.sort_by(|one, other| one.place.cmp(&other.place));
        Ok(Inventory { artefacts, others, reports, locked })
    }
}

/// For every stage of a report the number of reports that need it, and the time of their last run.
fn uses(reports: &[KeptReport]) -> BTreeMap<&StageRef, (usize, u64)> {
    let mut uses: BTreeMap<&StageRef, (usize, u64)> = BTreeMap::new();
    for report in reports {
        for stage in &report.stages {
            let (count, last) = uses.entry(stage).or_default();
            *count += usize::from(report.counts());
            *last = report.time.max(*last);
        }
    }
    uses
}

/// A file or folder that was found and not measured yet.
struct FoundEntry {
    kind: EntryKind,
    path: PathBuf,
    place: Option<StageRef>,
}

struct Walk<'a> {
    store: &'a Store,
    now: SystemTime,
}

impl Walk<'_> {
    /// Files `<kind>/<key><end>`.
    fn by_kind(&self, folder: &Path, kind: EntryKind, end: &str) -> Vec<FoundEntry> {
        let mut found = Vec::new();
        for of in entries(folder).filter(|entry| entry.path().is_dir()) {
            for entry in entries(&of.path()) {
                let (of, name) = (name(&of), name(&entry));
                let key = name.strip_suffix(end).filter(|key| is_key(key));
                let place = key.map(|key| place(&of, key));
                match place.is_some() {
                    true => found.push(FoundEntry { kind, path: entry.path(), place }),
                    false => found.extend(temporary(&entry)),
                }
            }
        }
        found
    }

    /// Everything in a folder.
    fn flat(&self, folder: &Path, kind: EntryKind) -> Vec<FoundEntry> {
        let entry = |entry: DirEntry| {
            temporary(&entry).unwrap_or(FoundEntry { kind, path: entry.path(), place: None })
        };
        entries(folder).map(entry).collect()
    }

    /// Locks of stages.
    fn locks(&self, folder: &Path) -> Vec<FoundEntry> {
        let mut found: Vec<FoundEntry> = entries(folder).filter_map(|entry| temporary(&entry)).collect();
        for kind in self.store.kinds_of_locks() {
            found.extend(entries(&folder.join(&kind)).filter_map(|entry| temporary(&entry)));
            for (key, path) in self.store.locks(&kind).all() {
                found.push(FoundEntry { kind: EntryKind::Lock, path, place: Some(place(&kind, &key)) });
            }
        }
        found
    }

    /// Artefacts and unfinished states of one kind. Only what is named by a key counts: `--store` may name any folder.
    fn kind(&self, folder: &Path, kind: &str, places: &mut Vec<StageRef>, found: &mut Vec<FoundEntry>) {
        for entry in entries(folder).filter(|entry| entry.path().is_dir()) {
            let name = name(&entry);
            if is_key(&name) {
                places.push(place(kind, &name));
            } else if let Some(key) = name.strip_prefix(WORKING).filter(|key| is_key(key)) {
                let place = Some(place(kind, key));
                found.push(FoundEntry { kind: EntryKind::Unfinished, path: entry.path(), place });
            } else {
                found.extend(temporary(&entry));
            }
        }
    }

    fn artefact(&self, place: StageRef, uses: &BTreeMap<&StageRef, (usize, u64)>) -> Option<StoredArtefact> {
        let folder = self.store.folder(&place);
        let (bytes, changed) = measure(&folder)?;
        let published = fs::metadata(folder.join(MANIFEST)).and_then(|found| found.modified());
        let (reports, last) = uses.get(&place).copied().unwrap_or_default();
        let last = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(last)).unwrap_or(self.now);
        Some(StoredArtefact { place, bytes, used: published.unwrap_or(changed).max(last), reports })
    }

    fn measured(&self, FoundEntry { kind, path, place }: FoundEntry) -> Option<StoredEntry> {
        let (bytes, changed) = measure(&path)?;
        let abandoned = match kind {
            EntryKind::Lock => place.as_ref().is_some_and(|place| self.is_dead(place, &path)),
            EntryKind::Temporary => self.is_abandoned(&path, changed),
            EntryKind::Run => {
                !path.file_name().is_some_and(|run| self.store.is_running(&run.to_string_lossy()))
            }
            _ => false,
        };
        Some(StoredEntry { kind, path, place, bytes, changed, abandoned })
    }

    /// `true` if the holder of a lock is dead. That of another host can only be told by a heartbeat that stops while it is
    /// watched, which takes longer than this: its counter file must not have changed for a day.
    fn is_dead(&self, place: &StageRef, folder: &Path) -> bool {
        if self.store.holder(place).is_none() {
            return true;
        }
        let (observer, counter) = (self.store.observer(), heartbeat(folder));
        let holder = Holder::read(folder).ok().flatten();
        let state = holder.as_ref().map(|holder| holder.process.state(&observer.own));
        let hidden = state.is_none_or(|state| state == ProcessState::Unknown);
        let silent = hidden && age(&counter, self.now).is_none_or(|age| age >= DAY);
        if silent {
            observer.mark_dead(holder.as_ref(), &counter);
        }
        silent
    }

    /// `true` if the process that a temporary folder belongs to is dead, or cannot be told and has changed nothing for a
    /// day.
    fn is_abandoned(&self, path: &Path, changed: SystemTime) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(REMOVED) {
            return true;
        }
        let holder = Holder::read(path).ok().flatten();
        match holder.map_or(ProcessState::Unknown, |h| h.process.state(&self.store.observer().own)) {
            ProcessState::Running => false,
            ProcessState::Gone => true,
            ProcessState::Unknown => self.now.duration_since(changed).is_ok_and(|age| age >= DAY),
        }
    }
}

fn temporary(entry: &DirEntry) -> Option<FoundEntry> {
    let name = name(entry);
    let known = [DRAFT, PREPARED, REMOVED, REPLACED].iter().any(|start| name.starts_with(start));
    known.then(|| FoundEntry { kind: EntryKind::Temporary, path: entry.path(), place: None })
}

/// The entries of a folder; none of one that cannot be read.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn name(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

fn place(kind: &str, key: &str) -> StageRef {
    StageRef { kind: kind.into(), key: StageKey(key.into()) }
}

/// `true` for the text of a blake3 hash.
fn is_key(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Size of all files of a file or folder, and the time of its last change. `None` if it no longer exists.
fn measure(path: &Path) -> Option<(u64, SystemTime)> {
    let found = fs::symlink_metadata(path).ok()?;
    let changed = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    if !found.is_dir() {
        return Some((found.len(), changed));
    }
    let inside = entries(path).filter_map(|entry| measure(&entry.path()));
    Some(inside.fold((0, changed), |(bytes, last), (more, changed)| (bytes + more, last.max(changed))))
}
