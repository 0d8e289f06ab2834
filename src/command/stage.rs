use camlab::run::run_recorded;
use camlab::stage::{Progress, Verbosity};
use camlab::store::Store;

use super::show;
use crate::cli::StageArgs;

/// Makes the artefact of one recorded stage and prints its folder.
pub fn stage(arguments: &StageArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    // Relative data paths start from the folder of the run that recorded the stage, the store's from here.
    let store = Store::new(std::path::absolute(&arguments.store.store)?);
    let (stage, made) = run_recorded(&store, &arguments.key, Progress::new(verbosity))?;
    if verbosity > Verbosity::Quiet {
        let state = if made { "made" } else { "cached" };
        show(&format!("{state}: {}\n", store.open(&stage.place())?.display()))?;
    }
    Ok(())
}
