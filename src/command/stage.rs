use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::run::{RunError, run_recorded, serve_worker};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::show;
use crate::cli::StageArgs;

/// Makes the artefact of one recorded stage and prints its folder, or serves the process that started this one.
pub fn stage(arguments: &StageArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    // Relative data paths start from the folder of the run that recorded the stage, the store's from here.
    let store = Store::new(std::path::absolute(&arguments.store.store)?);
    if arguments.worker {
        return serve_worker(&store, &StopRequest::of_worker()?);
    }
    let stop = StopRequest::on_signals()?;
    let events = RunEvents::new(verbosity, stop);
    for key in &arguments.keys {
        let (stage, made) =
            run_recorded(&store, key, &events).map_err(|error| match events.stop().signal() {
                Some(signal) => RunError::Stopped { signal, left: 1, stages: 1 }.into(),
                None => error,
            })?;
        if verbosity > Verbosity::Quiet {
            let state = if made { "made" } else { "cached" };
            show(&format!("{state}: {}\n", store.open(&stage.place())?.display()))?;
        }
    }
    Ok(())
}
