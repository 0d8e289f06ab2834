//! Schema of the experiment file. Pure: no I/O.
//!
//! A text is parsed into a [`Document`] that keeps the source position of every value; the document is deserialised
//! into [`Experiment`], the schema, whose defaults are in one `impl Default` per table.

mod agreement;
mod chain;
mod claim;
mod compose;
mod data;
mod diagnostic;
mod document;
mod evaluation;
mod experiment;
mod external;
mod from_toml;
mod fusion;
mod init;
mod interpolate;
mod map_options;
mod maps;
mod merge;
/// Dotted paths into a document.
pub mod path;
mod prediction;
mod reader;
mod recorded;
mod recover;
mod reference;
mod remedy;
mod report;
mod resolved;
mod run;
mod sanity;
mod schema;
mod search;
mod source;
mod supervised;
mod sweep;
mod target;
/// The values of an experiment file with their places.
pub mod tree;
mod validation;
mod written;

pub use agreement::Agreement;
pub use agreement::names;
pub use chain::Chain;
pub use claim::{Claim, ClaimSide, Intuitive, NamedMap};
pub use compose::{ExperimentFile, ExperimentFiles};
pub use data::{Data, Labels, Overlap, Sample};
pub use diagnostic::{Diagnostic, Invalid};
pub use document::{Assignment, Document, OtherExperimentError};
pub use evaluation::Evaluation;
pub use experiment::Experiment;
pub use external::{External, MissingMaps};
pub use from_toml::FromToml;
pub use fusion::Fusion;
pub use init::Init;
pub use interpolate::refers;
pub use map_options::{JoinScaling, MapOptions, Refine, StepNorm};
pub use maps::Maps;
pub use merge::SELECTIONS;
pub use prediction::{CandidateClasses, Prediction};
pub use recorded::{recorded_metrics, recorded_values};
pub use recover::ReadDocument;
pub use reference::{OtherExperiment, OtherExperiments};
pub use report::Report;
pub use resolved::{dotted, origins, resolved_values};
pub use run::{Instructions, Retries, RunOptions};
pub use sanity::Sanity;
pub use schema::{schema, selections};
pub use search::{
    Objective, ObjectiveDirection, ObjectiveSplit, SearchKey, SearchOptions, SearchTable, search,
};
pub use source::{FileReference, Position, SourceFile, Sources};
pub use supervised::{Supervised, SupervisedSets};
pub use sweep::{ConfigurationPairs, Override, Point, points};
pub use target::{
    ClassMean, ClassWeights, Count, LabelTarget, NamedClass, PlainTarget, PredictedTarget, Target,
    TargetChoice, TargetClasses,
};
pub use validation::{PartOf, SplitSource, ValidationData};
