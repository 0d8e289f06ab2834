use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::run::{run_recorded, serve_worker};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::show;
use crate::cli::StageArgs;

/// Makes the artefact of one recorded stage and prints its folder, or serves the process that started this one.
pub fn stage(arguments: &StageArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    // Relative data paths start from the folder of the run that recorded the stage, the store's from here.
    let store = Store::new(std::path::absolute(&arguments.store.store)?);
    let stop = StopRequest::on_signals()?;
    if arguments.worker {
        return serve_worker(&store, &arguments.keys, &stop);
    }
    let events = RunEvents::new(verbosity, stop);
    for key in &arguments.keys {
        let (stage, made) = run_recorded(&store, key, &events)?;
        if verbosity > Verbosity::Quiet {
            let state = if made { "made" } else { "cached" };
            show(&format!("{state}: {}\n", store.open(&stage.place())?.display()))?;
        }
    }
    Ok(())
}
