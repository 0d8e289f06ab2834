use anyhow::Context as _;

use camlab_data as data;
use camlab_fetch as fetch;
use camlab_graph::{Hints, SharedSet, Stage};
use camlab_stage::{Job, Progress, run as run_stages};
use camlab_store::{KnownSums, Store};

/// Makes the artefact of one recorded stage, whose key begins with `key`, from the store alone; its inputs must be
/// there. Returns the stage, and `false` if the artefact existed.
///
/// # Errors
/// No such stage or several, an input that is missing or has changed, a stage that fails.
pub fn run_recorded(store: &Store, key: &str, progress: Progress) -> anyhow::Result<(Stage, bool)> {
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
    let place = stage.place();
    match store.check(&place) {
        Ok(true) => return Ok((stage, false)),
        Ok(false) => {}
        Err(error) if error.is_damage() => store.discard(&place)?,
        Err(error) => return Err(error.into()),
    }
    let Hints { folder, datasets, files, .. } = &stage.hints;
    if !(datasets.is_empty() && files.is_empty()) {
        std::env::set_current_dir(folder).with_context(|| {
            format!("cannot enter {}, where relative paths of the run start", folder.display())
        })?;
    }
    unchanged(store, &stage.hints)?;
    let job = Job { stage: &stage, store, progress };
    run_stages(&[job]).with_context(|| format!("{} of `{}` failed", stage.spec.kind, stage.hints.label))?;
    job.working().clear()?;
    Ok((stage, true))
}

/// Checks that data sets and files still have the contents that the stage was planned for.
fn unchanged(store: &Store, hints: &Hints) -> anyhow::Result<()> {
    let sums = KnownSums::of(store);
    for (digest, SharedSet(spec)) in hints.datasets.iter() {
        let set = data::open(spec)?;
        let found = sums.get(set.stamp(sums.now), || set.digest())?;
        anyhow::ensure!(
            *digest == *found,
            "the data set `{}` has changed since the stage was planned; run the experiment again",
            spec.name()
        );
    }
    for (digest, file) in hints.files.iter() {
        let found = sums.of_file("sha256", file, || fetch::sha256(file));
        let found = found.with_context(|| format!("cannot read {}", file.display()))?;
        anyhow::ensure!(
            *digest == *found,
            "{} has changed since the stage was planned; run the experiment again",
            file.display()
        );
    }
    Ok(())
}
