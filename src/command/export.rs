use camlab::plan::Plan;
use camlab::run::{export as export_network, gather, verify};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::{check_file, load, show};
use crate::cli::ExportArgs;

/// Writes the weights of a trained or fused network as safetensors.
pub fn export(arguments: &ExportArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    check_file("--out", &arguments.out)?;
    let loaded = load(&arguments.experiment.file, &arguments.experiment.overrides.set)?;
    loaded.warn(verbosity);
    let store = Store::new(&arguments.store.store);
    let facts = gather(&loaded.cells, &arguments.store.cache(), &store)?;
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let (cell, network) = (arguments.cell.as_deref(), arguments.network.as_deref());
    export_network(&plan, &store, cell, network, &arguments.out)?;
    if verbosity > Verbosity::Quiet {
        show(&format!("wrote {}\n", arguments.out.display()))?;
    }
    Ok(())
}
