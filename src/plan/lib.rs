//! Plan of a run: cells of the sweep, cross-field checks, stage keys, the graph of stages. Pure: no I/O.

mod builder;
mod cell;
mod check;
/// Resolution of the maps that a claim names.
pub mod claims;
mod facts;
mod key;
mod stages;
mod sweep;
mod without;

pub use cell::{Cell, cells};
pub use facts::{CheckpointFacts, DatasetFacts, Facts};
pub use key::{StageKey, StageSpec};
pub use stages::{
    Analysed, AnalysisStage, BASELINE, ClusterStage, Compared, EvaluationSource, EvaluationStage, MapOrigin,
    MapStage, NetworkOrigin, NetworkStage, PairwiseDivergenceStage, Passes, Plan, PredictStage,
    ReferenceAgreementStage, SanityStage, Stacked, Use,
};
pub use sweep::Override;
