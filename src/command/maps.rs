use camlab::base::counted;
use camlab::plan::Plan;
use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::run::{MapExport, export_maps, gather, verify};
use camlab::stage::{Progress, Verbosity};
use camlab::store::Store;

use super::{load, show};
use crate::cli::MapsArgs;

/// Writes the maps of a run as files that other programs read.
pub fn maps(arguments: &MapsArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let loaded = load(&arguments.experiment.file, &arguments.experiment.overrides.set)?;
    loaded.warn(verbosity);
    let store = Store::new(&arguments.store.store);
    let facts = gather(&loaded.cells, &arguments.store.cache(), &store)?;
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let options = MapExport {
        cell: arguments.cell.as_deref(),
        network: arguments.network.as_deref(),
        method: arguments.method.as_deref(),
        format: arguments.format.into(),
        numbers: arguments.dtype.into(),
        raw: arguments.raw,
        classes: arguments.classes,
    };
    let events = RunEvents::new(verbosity, StopRequest::default());
    let written = export_maps(&plan, &store, &options, &arguments.out, Progress::new(&events));
    events.end();
    let written = written?;
    if verbosity > Verbosity::Quiet {
        let lines: Vec<String> = written
            .iter()
            .map(|one| format!("{} in {}\n", counted(one.maps, "map"), one.folder.display()))
            .collect();
        show(&lines.concat())?;
    }
    Ok(())
}
