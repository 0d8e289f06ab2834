//! Maps made of artefacts alone: no network is looked through any more.

use super::ensemble;
use super::progress::Progress;
use super::{StageError, Store};
use crate::plan::{MapOrigin, MapStage, Plan};

/// Makes the maps of a derived stage; whatever it is made of is in the store by now.
pub(super) fn run(plan: &Plan, store: &Store, stage: &MapStage, progress: Progress) -> anyhow::Result<()> {
    match &stage.origin {
        MapOrigin::Passes(_) => {
            let message = format!("the maps `{}` are made by passes, not derived", stage.material.label);
            Err(StageError::Input(message).into())
        }
        MapOrigin::Ensemble { fusion, maps, predictions } => {
            ensemble::run(plan, store, stage, *fusion, maps, predictions, progress)
        }
    }
}
