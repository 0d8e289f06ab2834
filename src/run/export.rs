use std::path::Path;

use anyhow::Context as _;

use camlab_nn::checkpoint;
use camlab_plan::Plan;
use camlab_stage::{Job, Progress, Unobserved};
use camlab_store::Store;

/// Content of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportedContent {
    /// The weights as safetensors, by the names of the network's parameters, which `pretrained` and PyTorch can load.
    Weights,
    /// The whole network as ONNX, for images of the size of `data.input`.
    Network,
}

/// Writes a finished network of a plan. Default `cell`: the first; default `name`: the only network.
///
/// # Errors
/// An unknown cell or network, an ensemble, a network that is not trained yet, a file that cannot be written.
pub fn export(
    plan: &Plan,
    store: &Store,
    cell: Option<&str>,
    name: Option<&str>,
    content: ExportedContent,
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
    let size = experiment.data.input.size;
    match content {
        ExportedContent::Weights => Ok(checkpoint::write(path, &network)?),
        ExportedContent::Network => Ok(camlab_onnx::export(&network, [size.height, size.width], path)?),
    }
}
