//! What will run: cells, cross-field checks, stage keys, the graph of stages. Pure: no I/O.

mod builder;
mod cell;
mod check;
mod facts;
mod key;
mod stages;
mod sweep;
mod without;

pub use cell::{Cell, cells};
pub use facts::{DatasetFacts, Facts};
pub use key::{Key, Material};
pub use stages::{
    AgreementStage, BASELINE, Compared, EvaluationStage, MapOrigin, MapStage, NetworkOrigin, NetworkStage,
    Passes, Plan, PredictStage, SanityStage, Source, Use,
};
pub use sweep::Override;
