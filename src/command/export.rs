use camlab::plan::Plan;
use camlab::run::{ExportedContent, export as export_network, gather, verify};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::{check_file, load, show};
use crate::cli::{ExportArgs, NetworkFormat};

/// Writes the weights of a trained or fused network as safetensors, or the whole network as ONNX.
pub fn export(arguments: &ExportArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    check_file("--out", &arguments.out)?;
    let loaded = load(&arguments.experiment.file, &arguments.experiment.overrides.set)?;
    loaded.warn(verbosity);
    let store = Store::new(&arguments.store.store);
    let facts = gather(&loaded.cells, &arguments.store.cache(), &store)?;
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let (cell, network) = (arguments.cell.as_deref(), arguments.network.as_deref());
    let by_ending = || match arguments.out.extension() {
        Some(end) if end.eq_ignore_ascii_case("onnx") => NetworkFormat::Onnx,
        _ => NetworkFormat::Safetensors,
    };
    let content = match arguments.format.unwrap_or_else(by_ending) {
        NetworkFormat::Safetensors => ExportedContent::Weights,
        NetworkFormat::Onnx => ExportedContent::Network,
    };
    export_network(&plan, &store, cell, network, content, &arguments.out)?;
    if verbosity > Verbosity::Quiet {
        show(&format!("wrote {}\n", arguments.out.display()))?;
    }
    Ok(())
}
