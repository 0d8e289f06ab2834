//! Subcommands of `camlab store`, one file each.

mod du;
mod gc;
mod ls;
mod verify;

use std::time::{Duration, SystemTime};

use camlab::stage::Verbosity;
use camlab::store::Store;

use crate::cli::{StoreCommand, StoreCommandArgs};

/// Lists, measures, checks or cleans a store.
pub fn store(arguments: &StoreCommandArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let store = Store::new(&arguments.store);
    match &arguments.command {
        StoreCommand::Ls { kind, json } => ls::ls(&store, kind.as_deref(), *json),
        StoreCommand::Du { json } => du::du(&store, *json),
        StoreCommand::Verify { discard } => verify::verify(&store, *discard, verbosity),
        StoreCommand::Gc(arguments) => gc::gc(&store, arguments, verbosity),
    }
}

/// Time since `then` in the largest unit that it has one of.
fn age(then: SystemTime) -> String {
    let seconds = SystemTime::now().duration_since(then).unwrap_or_default().as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let (name, unit) = units.into_iter().find(|(_, unit)| seconds >= *unit).unwrap_or(("s", 1));
    format!("{} {name}", seconds / unit)
}

/// Seconds since 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
