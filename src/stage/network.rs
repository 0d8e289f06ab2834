use anyhow::Context as _;

use super::StageError;
use camlab_base::random::derive;
use camlab_nn::Network;
use camlab_nn::checkpoint::Checkpoint;
use camlab_plan::{Facts, NetworkStage, Plan};
use camlab_store::Store;

/// File name of a network's weights in its artefact.
pub const WEIGHTS: &str = "network.safetensors";

/// The network of a stage before its weights are set.
///
/// # Errors
/// A test data set without classes, an architecture that cannot be built.
pub fn empty(plan: &Plan, facts: &Facts, stage: &NetworkStage) -> anyhow::Result<Network> {
    let experiment = &plan.cells[stage.cell].experiment;
    let classes = facts.dataset(&experiment.data.test).map_or(0, |facts| facts.classes.len());
    anyhow::ensure!(classes > 0, "data.test has no classes");
    Ok(Network::new(experiment.graph(classes)?))
}

/// The network of a stage with its initial weights: from its checkpoint, or drawn at random.
///
/// # Errors
/// A network without an `[[init]]`, a checkpoint that cannot be read or does not fit.
pub fn initial(plan: &Plan, facts: &Facts, stage: &NetworkStage) -> anyhow::Result<Network> {
    let cell = &plan.cells[stage.cell];
    let label = &stage.spec.label;
    let init = plan.init(stage).with_context(|| format!("network `{label}` has no [[init]]"))?;
    let mut network = empty(plan, facts, stage)?;
    // The seed depends on the name, so that two initialisations with the same scheme differ.
    let seed = derive(cell.seed, &format!("init/{}", init.name));
    init.scheme.apply_from(&mut network, seed, facts.checkpoint_file(&init.scheme))?;
    Ok(network)
}

/// The network of a stage with its final weights: trained or fused ones from the store, else the initial ones.
///
/// # Errors
/// Weights that are not in the store yet; as [`initial`].
pub fn finished(plan: &Plan, facts: &Facts, store: &Store, stage: &NetworkStage) -> anyhow::Result<Network> {
    if !stage.is_kept() {
        return initial(plan, facts, stage);
    }
    let artefact = store
        .get(&stage.spec)
        .ok_or_else(|| StageError::Input(format!("network `{}` is not in the store", stage.spec.label)))?;
    let mut network = empty(plan, facts, stage)?;
    Checkpoint::read(&artefact.join(WEIGHTS))?.load_into(&mut network)?;
    Ok(network)
}
