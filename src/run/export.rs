use std::path::Path;

use anyhow::Context as _;

use camlab_nn::checkpoint;
use camlab_plan::Plan;
use camlab_stage::{Job, Progress, Unobserved};
use camlab_store::Store;

/// Writes a finished network of a plan as a safetensors file with torchvision's parameter names, which `pretrained`
/// and PyTorch can load. Default `cell`: the first; default `name`: the only network.
///
/// # Errors
/// An unknown cell or network, an ensemble, a network that is not trained yet, a file that cannot be written.
pub fn export(
    plan: &Plan,
    store: &Store,
    cell: Option<&str>,
    name: Option<&str>,
    path: &Path,
) -> anyhow::Result<()> {
    let ids: Vec<&str> = plan.cells.iter().map(|cell| cell.id.as_str()).collect();
    let index = match cell {
        Some(id) => ids.iter().position(|known| *known == id),
        None => (!ids.is_empty()).then_some(0),
    };
    let index = index.with_context(|| {
        format!("no cell `{}`; use --cell with one of {}", cell.unwrap_or(""), ids.join(", "))
    })?;
    let experiment = &plan.cells[index].experiment;
    let names = experiment.networks();
    let name = match name {
        Some(name) => name,
        None if names.len() == 1 => names[0],
        None => anyhow::bail!(
            "the experiment has several networks; use --network with one of {}",
            names.join(", ")
        ),
    };
    let planned = plan.network(index, name);
    let planned = planned
        .with_context(|| format!("no network `{name}`; use --network with one of {}", names.join(", ")))?;
    let job = Job { stage: &planned.reader, store, progress: Progress::new(&Unobserved), own_process: false };
    let network = planned
        .source
        .load(&job, "network")
        .with_context(|| format!("cannot load network `{name}`; run `camlab run FILE` first"))?;
    Ok(checkpoint::write(path, &network)?)
}
