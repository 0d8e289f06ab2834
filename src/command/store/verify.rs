use std::sync::{Mutex, PoisonError};

use camlab::base::counted;
use camlab::graph::StageRef;
use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::stage::{Progress, Verbosity};
use camlab::store::Store;

use crate::command::show;

/// Checks the contents of every artefact, and prints those that are damaged.
pub fn verify(store: &Store, discard: bool, verbosity: Verbosity) -> anyhow::Result<()> {
    let inventory = store.inventory()?;
    let places: Vec<StageRef> = inventory.artefacts.into_iter().map(|artefact| artefact.place).collect();
    let events = RunEvents::new(verbosity, StopRequest::default());
    let task = Mutex::new(Progress::new(&events).task("verify the store", places.len(), "artefacts"));
    let damaged = store.verify(&places, &|| task.lock().unwrap_or_else(PoisonError::into_inner).count(1));
    task.into_inner().unwrap_or_else(PoisonError::into_inner).finish("");
    events.end();
    let (mut left, mut text) = (0, String::new());
    for (place, error) in &damaged {
        // A locked one is being made again just now.
        let removed = discard && error.is_damage() && store.holder(place).is_none();
        if removed {
            store.discard(place)?;
        }
        left += usize::from(!removed);
        let state = if removed { "removed" } else { "damaged" };
        text.push_str(&format!("{state}: {} {}: {error}\n", place.kind, place.key.short()));
    }
    let checked = counted(places.len(), "artefact");
    if verbosity > Verbosity::Quiet && left == 0 {
        text.push_str(&format!("{checked} checked, {} removed\n", damaged.len()));
    }
    show(&text)?;
    anyhow::ensure!(
        left == 0,
        "{left} of {checked} cannot be used; `camlab store verify --discard` removes damaged ones, and the next run \
         makes them again"
    );
    Ok(())
}
