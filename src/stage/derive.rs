//! Derived maps: computed from existing maps and logits, some with additional forward passes.

use super::chain::{self, Job};
use super::progress::Progress;
use super::{StageError, ensemble};
use camlab_plan::{Facts, MapOrigin, MapStage, Plan};
use camlab_store::Store;

/// Computes the maps of a derived stage; its inputs must be in the store.
///
/// # Errors
/// Maps that are made by passes instead, an input that is missing or damaged.
pub fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &MapStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let job = |stacked| Job { plan, facts, store, cell: stage.cell, stacked };
    match &stage.origin {
        MapOrigin::Passes(_) => {
            let message =
                format!("the maps `{}` are made by forward passes, not from other maps", stage.spec.label);
            Err(StageError::Input(message).into())
        }
        MapOrigin::Ensemble { fusion, maps, predictions } => {
            ensemble::run(plan, store, stage, *fusion, maps, predictions, progress)
        }
        MapOrigin::Polynomial { stacked, predictions } => {
            chain::polynomial::run(&job(stacked), stage, *predictions, progress)
        }
        MapOrigin::Chain { stacked, polynomial, cluster } => {
            chain::merge::run(&job(stacked), stage, cluster, &plan.maps[*polynomial], progress)
        }
    }
}

/// Computes the clusters that the maps of a stage need, if it needs any and the store does not hold them yet.
///
/// # Errors
/// An input that is missing or damaged, pixel vectors that exceed the memory budget.
pub fn cluster(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &MapStage,
    progress: Progress,
) -> anyhow::Result<()> {
    match &stage.origin {
        MapOrigin::Chain { stacked, polynomial, cluster } if store.get(&cluster.spec).is_none() => {
            let job = Job { plan, facts, store, cell: stage.cell, stacked };
            chain::cluster::run(&job, cluster, &plan.maps[*polynomial], progress)
        }
        _ => Ok(()),
    }
}
