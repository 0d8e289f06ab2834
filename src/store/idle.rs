//! Folders of this process that are used again: the folder of a released lock is that of the next one, and the outer folder
//! of a published draft that of the next draft. Creating and deleting files costs most of the time of a short stage.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::holder::Holder;
use super::process::ProcessIdentity;
use super::removal;

/// Beginning of the name of a lock's folder that is no lock: in preparation, or kept for the next one.
pub(super) const PREPARED: &str = ".lock-";

/// A folder that waits to be used again.
#[derive(Debug)]
pub(super) struct IdleFolder {
    pub path: PathBuf,
    /// The holder that its file names.
    pub holder: Holder,
}

static IDLE: Mutex<Vec<IdleFolder>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<IdleFolder>> {
    // No code that can panic runs while it is locked, so a poisoned one is valid.
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a folder of a process in `parent` whose name begins with `prefix`.
pub(super) fn take(parent: &Path, prefix: &str, process: &ProcessIdentity) -> Option<IdleFolder> {
    let fits = |folder: &IdleFolder| {
        let named = folder.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
        named && folder.path.parent() == Some(parent) && folder.holder.process == *process
    };
    let mut idle = idle();
    let place = idle.iter().position(fits)?;
    Some(idle.swap_remove(place))
}

/// Keeps a folder for later.
pub(super) fn put(folder: IdleFolder) {
    idle().push(folder);
}

/// Removes the folders that this process kept to use them again; for the end of a run. What cannot be removed is left for
/// `camlab store gc`.
pub fn tidy() {
    let folders = std::mem::take(&mut *idle());
    for folder in folders {
        let _ = removal::remove_folder(&folder.path);
    }
}
