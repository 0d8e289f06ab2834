use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use camlab_graph::StageRef;

use super::Store;
use super::inventory::{EntryKind, Inventory, StoredArtefact, StoredEntry};
use super::reports::{KeptReport, file_name};

/// The rules by which artefacts are removed from a store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Retention {
    /// Artefacts at least this old are removed; counted from the time that [`StoredArtefact::used`] is.
    pub keep: Option<Duration>,
    /// The oldest artefacts are removed until the store has at most this size, bytes.
    pub max_bytes: Option<u64>,
    /// Artefacts are removed even if a report needs them; never those that are locked.
    pub even_needed: bool,
}

/// A file or folder that is removed from a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// `None` for an artefact.
    pub kind: Option<EntryKind>,
    /// Its path.
    pub path: PathBuf,
    /// The stage that it belongs to, if to one.
    pub place: Option<StageRef>,
    /// Size of all its files.
    pub bytes: u64,
}

/// The choice that rules make among the content of a store.
pub(super) struct Choice {
    /// Artefacts first.
    pub removals: Vec<Removal>,
    /// Number of reports that are forgotten.
    pub reports: usize,
}

impl Inventory {
    /// Size of everything in the store, bytes.
    pub fn bytes(&self) -> u64 {
        let artefacts = self.artefacts.iter().map(|artefact| artefact.bytes);
        artefacts.chain(self.others.iter().map(|entry| entry.bytes)).sum()
    }

    /// Size of all that could be removed while every report keeps its artefacts, bytes: what `gc --keep-days 0` frees.
    pub fn removable(&self, store: &Store) -> u64 {
        let all = Retention { keep: Some(Duration::ZERO), ..Default::default() };
        self.choose(store, &all, SystemTime::now()).removals.iter().map(|removal| removal.bytes).sum()
    }

    /// The files and folders that the rules remove. Leftovers of dead processes and of removals that did not end always
    /// are; unfinished states, runs, logs and recorded stages without an artefact if they are older than
    /// [`Retention::keep`].
    pub(super) fn choose(&self, store: &Store, rules: &Retention, now: SystemTime) -> Choice {
        let old = |time: SystemTime| {
            rules.keep.is_some_and(|keep| now.duration_since(time).unwrap_or_default() >= keep)
        };
        let inputs = self.inputs_of_locked(store);
        let may_go = |artefact: &&StoredArtefact| {
            let needed = artefact.reports > 0 || inputs.contains(&artefact.place);
            !self.locked.contains(&artefact.place) && (rules.even_needed || !needed)
        };
        let (mut gone, mut rest): (Vec<&StoredArtefact>, Vec<&StoredArtefact>) =
            self.artefacts.iter().filter(may_go).partition(|artefact| old(artefact.used));
        let leftovers: Vec<&StoredEntry> =
            self.others.iter().filter(|entry| self.is_left(entry, &old)).collect();
        if let Some(max) = rules.max_bytes {
            let removed = gone.iter().map(|artefact| artefact.bytes).sum::<u64>()
                + leftovers.iter().map(|entry| entry.bytes).sum::<u64>();
            let mut bytes = self.bytes().saturating_sub(removed);
            rest.sort_by(|one, other| (one.used, &one.place).cmp(&(other.used, &other.place)));
            for artefact in rest {
                if bytes <= max {
                    break;
                }
                bytes = bytes.saturating_sub(artefact.bytes);
                gone.push(artefact);
            }
        }
        gone.sort_by(|one, other| one.place.cmp(&other.place));
        let places: BTreeSet<&StageRef> = gone.iter().map(|artefact| &artefact.place).collect();
        let kept = self.still_needed(&places, &leftovers);
        let forgotten = self.forgotten(rules, &old);
        let belongs = |entry: &&StoredEntry| match entry.kind {
            EntryKind::Recorded | EntryKind::Log => entry
                .place
                .as_ref()
                .is_some_and(|place| places.contains(place) || (old(entry.changed) && !kept.contains(place))),
            EntryKind::Report => {
                let name = entry.path.with_extension("json");
                name.file_name().is_some_and(|name| forgotten.contains(&*name.to_string_lossy()))
            }
            _ => false,
        };
        let artefacts = gone.iter().map(|artefact| Removal {
            kind: None,
            path: store.folder(&artefact.place),
            place: Some(artefact.place.clone()),
            bytes: artefact.bytes,
        });
        let entries = leftovers.iter().copied().chain(self.others.iter().filter(belongs));
        let entries = entries.map(|entry| Removal {
            kind: Some(entry.kind),
            path: entry.path.clone(),
            place: entry.place.clone(),
            bytes: entry.bytes,
        });
        let reports = forgotten.len();
        Choice { removals: artefacts.chain(entries).collect(), reports }
    }

    /// The names of the files of reports that no longer exist.
    fn forgotten(&self, rules: &Retention, old: &dyn Fn(SystemTime) -> bool) -> BTreeSet<String> {
        let forgotten = |report: &&KeptReport| {
            let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(report.time));
            // The time of a report's last run is the age of its artefacts; it is known as long as they may stay for it.
            !report.counts() && (rules.keep.is_none() || time.is_some_and(old))
        };
        self.reports.iter().filter(forgotten).map(|report| file_name(&report.report)).collect()
    }

    /// `true` for what a dead process has left, and for unfinished states and runs that are old.
    fn is_left(&self, entry: &StoredEntry, old: &dyn Fn(SystemTime) -> bool) -> bool {
        let running = |place: &StageRef| {
            let mut runs = self.reports.iter().filter(|report| report.running);
            self.locked.contains(place) || runs.any(|report| report.stages.binary_search(place).is_ok())
        };
        match entry.kind {
            EntryKind::Temporary | EntryKind::Lock => entry.abandoned,
            EntryKind::Unfinished => old(entry.changed) && !entry.place.as_ref().is_some_and(running),
            EntryKind::Run => old(entry.changed) && entry.abandoned,
            EntryKind::Recorded
            | EntryKind::Log
            | EntryKind::Report
            | EntryKind::Digest
            | EntryKind::Index => false,
        }
    }

    /// Stages whose recorded form and log stay: with an artefact or an unfinished state that stays, locked, or of a report
    /// that lacks them.
    fn still_needed(&self, gone: &BTreeSet<&StageRef>, leftovers: &[&StoredEntry]) -> BTreeSet<&StageRef> {
        let artefacts = self.artefacts.iter().map(|artefact| &artefact.place);
        let removed: BTreeSet<&PathBuf> = leftovers.iter().map(|entry| &entry.path).collect();
        let unfinished = self
            .others
            .iter()
            .filter(|entry| entry.kind == EntryKind::Unfinished && !removed.contains(&entry.path))
            .filter_map(|entry| entry.place.as_ref());
        let reports = self.reports.iter().filter(|report| report.counts()).flat_map(|report| &report.stages);
        let places = artefacts.filter(|place| !gone.contains(place)).chain(unfinished);
        places.chain(&self.locked).chain(reports).collect()
    }

    /// The artefacts that locked stages read: a stage that is made by itself belongs to no report.
    fn inputs_of_locked(&self, store: &Store) -> BTreeSet<StageRef> {
        let stages = self.locked.iter().filter_map(|place| store.recorded_stage(place));
        stages.flat_map(|stage| stage.spec.reads().cloned().collect::<Vec<_>>()).collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
