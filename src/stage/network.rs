use anyhow::Context as _;

use super::StageError;
use camlab_base::random::derive;
use camlab_nn::Network;
use camlab_nn::checkpoint::Checkpoint;
use camlab_plan::{Facts, NetworkStage, Plan};
use camlab_store::Store;

/// The file of a trained network in its artefact.
pub const WEIGHTS: &str = "network.safetensors";

/// The network of a stage before any weights are in it.
pub fn empty(plan: &Plan, facts: &Facts, stage: &NetworkStage) -> anyhow::Result<Network> {
    let experiment = &plan.cells[stage.cell].experiment;
    let classes = facts.dataset(&experiment.data.test).map_or(0, |facts| facts.classes.len());
    anyhow::ensure!(classes > 0, "the test data set names no class");
    Ok(Network::new(experiment.graph(classes)?))
}

/// The network of a stage with its initial weights: from its checkpoint, or drawn.
pub fn initial(plan: &Plan, facts: &Facts, stage: &NetworkStage) -> anyhow::Result<Network> {
    let cell = &plan.cells[stage.cell];
    let label = &stage.material.label;
    let init = plan.init(stage).with_context(|| format!("network `{label}` starts from no [[init]]"))?;
    let mut network = empty(plan, facts, stage)?;
    // The name takes part, so that two initialisations of one scheme differ.
    let seed = derive(cell.seed, &format!("init/{}", init.name));
    init.scheme.apply_from(&mut network, seed, facts.checkpoint_file(&init.scheme))?;
    Ok(network)
}

/// The finished network of a stage: trained or fused weights out of the store, or the initial ones.
pub fn finished(plan: &Plan, facts: &Facts, store: &Store, stage: &NetworkStage) -> anyhow::Result<Network> {
    if !stage.is_kept() {
        return initial(plan, facts, stage);
    }
    let artefact = store
        .get(&stage.material)
        .ok_or_else(|| StageError::Input(format!("network `{}` has not been made", stage.material.label)))?;
    let mut network = empty(plan, facts, stage)?;
    Checkpoint::read(&artefact.join(WEIGHTS))?.load_into(&mut network)?;
    Ok(network)
}
