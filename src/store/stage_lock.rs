use std::fs;
use std::path::PathBuf;

use camlab_graph::{StageKey, StageRef};

use super::holder::Holder;
use super::lock_folder::{HeldLock, LockFolder, Locked};
use super::{Store, StoreError};

/// Folder of the locks of stages.
const LOCKS: &str = "locks";

/// The lock of a stage; see [`HeldLock`].
pub type StageLock = HeldLock;

impl Store {
    /// Tries to get the lock of a stage; does not wait. After it has been acquired, the caller asks once more whether the
    /// artefact exists, since another process may have finished it just before.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the store cannot be written.
    pub fn lock(&self, stage: &StageRef) -> Result<Locked, StoreError> {
        self.locks(&stage.kind).lock(&stage.key.0)
    }

    /// The live process that holds the lock of a stage.
    pub fn holder(&self, stage: &StageRef) -> Option<Holder> {
        self.locks(&stage.kind).holder(&stage.key.0)
    }

    /// All stages that are locked by a live process, sorted.
    pub fn locked(&self) -> Vec<(StageRef, Holder)> {
        let mut locked = Vec::new();
        for kind in self.kinds_of_locks() {
            let locks = self.locks(&kind);
            for (name, _) in locks.all() {
                if let Some(holder) = locks.holder(&name) {
                    let key = StageKey(name.into());
                    locked.push((StageRef { kind: kind.as_str().into(), key }, holder));
                }
            }
        }
        locked.sort_by(|(one, _), (other, _)| one.cmp(other));
        locked
    }

    /// The locks of the stages of one kind.
    pub(super) fn locks(&self, kind: &str) -> LockFolder {
        LockFolder::observed(self.lock_root().join(kind), self.observer().clone())
    }

    /// The kinds that have a folder of locks.
    pub(super) fn kinds_of_locks(&self) -> Vec<String> {
        let folders = fs::read_dir(self.lock_root()).into_iter().flatten().flatten();
        let mut kinds: Vec<String> = folders
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            // Those are locks of the store as a whole, or their leftovers.
            .filter(|name| !name.contains('.'))
            .collect();
        kinds.sort();
        kinds
    }

    /// The folder of all locks.
    pub(super) fn lock_root(&self) -> PathBuf {
        self.root().join(LOCKS)
    }
}
