use super::{StageError, Store};
use crate::nn::Network;
use crate::nn::checkpoint::Checkpoint;
use crate::plan::{Facts, NetworkStage, Plan};
use crate::random::derive;

/// The file of a trained network in its artefact.
pub(super) const WEIGHTS: &str = "network.safetensors";

/// The network of a stage with its initial weights: from its checkpoint, or drawn.
pub(super) fn initial(plan: &Plan, facts: &Facts, stage: &NetworkStage) -> anyhow::Result<Network> {
    let cell = &plan.cells[stage.cell];
    let init = plan.init(stage);
    let classes = facts.dataset(&cell.experiment.data.test).map_or(0, |facts| facts.classes.len());
    anyhow::ensure!(classes > 0, "the test data set names no class");
    let mut network = Network::new(cell.experiment.graph(classes)?);
    // The name takes part, so that two initialisations of one scheme differ.
    init.scheme.apply(&mut network, derive(cell.seed, &format!("init/{}", init.name)))?;
    Ok(network)
}

/// The finished network of a stage: trained weights out of the store, or the initial ones.
pub(super) fn finished(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &NetworkStage,
) -> anyhow::Result<Network> {
    if !stage.trained {
        return initial(plan, facts, stage);
    }
    let artefact = store.get(&stage.material).ok_or_else(|| {
        StageError::Input(format!("network `{}` has not been trained", stage.material.label))
    })?;
    let cell = &plan.cells[stage.cell];
    let classes = facts.dataset(&cell.experiment.data.test).map_or(0, |facts| facts.classes.len());
    let mut network = Network::new(cell.experiment.graph(classes)?);
    Checkpoint::read(&artefact.join(WEIGHTS))?.load_into(&mut network)?;
    Ok(network)
}
