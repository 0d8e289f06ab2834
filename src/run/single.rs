use anyhow::Context as _;

use crate::events::{JobObserver, RunEvents};
use crate::make::{JobResult, Settled, make};
use crate::{external_maps, facts};
use camlab_data as data;
use camlab_fetch as fetch;
use camlab_graph::{Hints, SharedSet, Stage};
use camlab_kernel::KernelInstructions;
use camlab_store::{KnownSums, Store};

/// Makes the artefact of one recorded stage, whose key begins with `key`, from the store alone; its inputs must be
/// there. Returns the stage, and `false` if the artefact existed.
///
/// # Errors
/// No such stage or several, an input that is missing or has changed, a stage that fails or that another process makes.
pub fn run_recorded(store: &Store, key: &str, events: &RunEvents) -> anyhow::Result<(Stage, bool)> {
    let stage = recorded(store, key)?;
    let place = stage.place();
    if store.check(&place).is_ok_and(|there| there) {
        return Ok((stage, false));
    }
    enter(&stage.hints)?;
    unchanged(store, &stage)?;
    let observer = JobObserver { events, job: 1 };
    let JobResult { settled, failure } = make(store, &[&stage], observer.progress(), true);
    camlab_store::tidy();
    events.end();
    if let Some((_, error)) = failure {
        return Err(error.context(format!("{} of `{}` failed", stage.spec.kind, stage.hints.label)));
    }
    match settled.first() {
        Some((_, Settled::Elsewhere(holder))) => {
            anyhow::bail!("{holder} is making the artefact; wait until it has ended")
        }
        Some((_, Settled::Made)) => Ok((stage, true)),
        _ => Ok((stage, false)),
    }
}

/// The recorded stage whose key begins with `key`. Kernels of this process compute as the stage was planned to.
fn recorded(store: &Store, key: &str) -> anyhow::Result<Stage> {
    let mut found = store.recorded(key)?;
    anyhow::ensure!(
        found.len() < 2,
        "the keys of {} stages begin with `{key}`; write more of it",
        found.len()
    );
    let stage = found.pop().with_context(|| {
        format!(
            "no stage of the store {} has a key that begins with `{key}`; `camlab run` records the stages of an \
             experiment",
            store.root().display()
        )
    })?;
    pin(&stage)?;
    Ok(stage)
}

/// Makes the kernels of this process compute as a stage was planned to.
pub(crate) fn pin(stage: &Stage) -> anyhow::Result<()> {
    match &stage.spec.instructions {
        Some(instructions) => KernelInstructions::named(instructions)
            .and_then(KernelInstructions::pin)
            .map_err(anyhow::Error::msg),
        None => Ok(()),
    }
}

/// Enters the folder that the relative paths of a stage start from, if it has any.
pub(crate) fn enter(hints: &Hints) -> anyhow::Result<()> {
    let Hints { folder, datasets, files, .. } = hints;
    if datasets.is_empty() && files.is_empty() {
        return Ok(());
    }
    std::env::set_current_dir(folder)
        .with_context(|| format!("cannot enter {}, where relative paths of the run start", folder.display()))
}

/// Checks that data sets and files still have the contents that the stage was planned for.
fn unchanged(store: &Store, stage: &Stage) -> anyhow::Result<()> {
    let (sums, hints) = (KnownSums::of(store), &stage.hints);
    for (digest, SharedSet(spec)) in hints.datasets.iter() {
        let set = data::open(spec)?;
        let found = facts::examined(&*set, &sums)?.digest;
        anyhow::ensure!(
            *digest == *found,
            "the data set `{}` has changed since the stage was planned; run the experiment again",
            spec.name()
        );
    }
    for (digest, file) in hints.files.iter() {
        let found = match file.is_dir() {
            true => external_maps::current_digest(stage, file, &sums)?,
            false => {
                let found = sums.of_file("sha256", file, || fetch::sha256(file));
                found.with_context(|| format!("cannot read {}", file.display()))?
            }
        };
        anyhow::ensure!(
            *digest == *found,
            "{} has changed since the stage was planned; run the experiment again",
            file.display()
        );
    }
    Ok(())
}
