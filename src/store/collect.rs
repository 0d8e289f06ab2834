use std::path::PathBuf;
use std::time::SystemTime;

use super::idle::tidy;
use super::inventory::EntryKind;
use super::lock_folder::{HeldLock, Locked};
use super::removal::{delete, hide, remove_folder};
use super::reports::REMOVING;
use super::retention::{Removal, Retention};
use super::{Store, StoreError};

/// The result of removing artefacts from a store.
#[derive(Debug)]
pub struct Collected {
    /// The files and folders that were removed, or would be.
    pub removed: Vec<Removal>,
    /// Number of reports that no longer exist and were forgotten, or would be.
    pub reports: usize,
    /// Size of the store afterwards, bytes.
    pub left: u64,
    /// Files that could not be removed.
    pub failed: Vec<StoreError>,
}

impl Collected {
    /// Size of all that was removed, bytes.
    pub fn freed(&self) -> u64 {
        self.removed.iter().map(|removal| removal.bytes).sum()
    }
}

impl Store {
    /// Removes artefacts and leftovers by rules; only finds them if `dry_run`. An artefact disappears as a whole, before
    /// its files are deleted.
    ///
    /// # Errors
    /// Those of [`Store::inventory`]; [`StoreError::Removing`] if another process is doing the same; [`StoreError::Io`] if
    /// the store cannot be written. A file that cannot be removed is reported in the result.
    pub fn collect(&self, rules: &Retention, dry_run: bool) -> Result<Collected, StoreError> {
        self.collect_at(rules, dry_run, SystemTime::now())
    }

    /// The same, with ages counted from `now`.
    pub(super) fn collect_at(
        &self,
        rules: &Retention,
        dry_run: bool,
        now: SystemTime,
    ) -> Result<Collected, StoreError> {
        // What this process keeps for its next locks and drafts is no part of the store.
        tidy();
        // Before anything is created in a folder that is no store.
        self.inventory_at(now)?;
        let lock = if dry_run { None } else { Some(self.removing()?) };
        // Reports are read under the lock: a run that records its report later waits for the end of the removals.
        let inventory = self.inventory_at(now)?;
        let choice = inventory.choose(self, rules, now);
        let (reports, before) = (choice.reports, inventory.bytes());
        let mut done = Collected { removed: Vec::new(), reports, left: before, failed: Vec::new() };
        let Some(lock) = lock else {
            done.removed = choice.removals;
            done.left = before.saturating_sub(done.freed());
            return Ok(done);
        };
        let mut hidden = Vec::new();
        for removal in choice.removals {
            match self.remove(&removal, &mut hidden) {
                Ok(true) => done.removed.push(removal),
                Ok(false) => {}
                Err(error) => done.failed.push(error),
            }
        }
        lock.release(true);
        tidy();
        // Runs need not wait for this.
        done.failed.extend(hidden.iter().filter_map(|path| delete(path).err()));
        done.left = before.saturating_sub(done.freed());
        Ok(done)
    }

    /// Gets the lock that is held while artefacts are removed.
    fn removing(&self) -> Result<HeldLock, StoreError> {
        match self.whole().lock(REMOVING)? {
            Locked::Held(lock) => Ok(lock),
            Locked::Elsewhere(holder) => Err(StoreError::Removing { holder: holder.to_string() }),
        }
    }

    /// Removes one file or folder, except for a folder that it only hides; `false` if it is in use by now.
    fn remove(&self, removal: &Removal, hidden: &mut Vec<PathBuf>) -> Result<bool, StoreError> {
        let place = removal.place.as_ref();
        match removal.kind {
            None | Some(EntryKind::Unfinished) => {
                if place.is_some_and(|place| self.holder(place).is_some()) {
                    return Ok(false);
                }
                let found = hide(&removal.path)?;
                hidden.extend(found.clone());
                Ok(found.is_some())
            }
            Some(EntryKind::Lock) => {
                let Some(place) = place else { return Ok(false) };
                // Taken over as by any process that needs it, so that no other one gets it at the same time.
                match self.lock(place)? {
                    Locked::Held(lock) => {
                        lock.release(true);
                        Ok(true)
                    }
                    Locked::Elsewhere(_) => Ok(false),
                }
            }
            Some(_) if removal.path.is_dir() => remove_folder(&removal.path),
            Some(_) => delete(&removal.path).map(|()| true),
        }
    }
}
