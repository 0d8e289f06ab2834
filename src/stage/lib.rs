//! The kinds of stages, one file or folder each. A kind is a [`Work`]: what it does is its value, and it sees nothing
//! but that value and its inputs; [`KINDS`] lists all of them.

/// Images that are changed before maps are made of them again.
pub mod altered;
pub mod analyse;
/// Predicted boxes at the chosen thresholds.
pub mod boxes;
pub mod chain;
/// Maps of an ensemble of networks.
pub mod ensemble;
mod error;
/// Localisation of one method, one row per image.
pub mod evaluate;
/// Maps that other programs have written.
pub mod external;
/// Activations of a layer.
pub mod features;
pub mod fuse;
mod instructions;
/// Similarity of maps to a per-pixel reference map.
pub mod intuitive;
mod kinds;
/// Map artefacts on disk.
pub mod map_file;
/// Source of an evaluation's maps: a map artefact or a baseline.
pub mod map_source;
/// Numbers per image that a metric measures itself.
pub mod measure;
/// Networks as part of a stage.
pub mod network;
mod observer;
pub mod pairwise_divergence;
mod pass_key;
pub mod passes;
/// Logit artefacts on disk.
pub mod prediction_file;
pub mod prepare;
mod progress;
/// Boxes that no person drew.
pub mod pseudo_boxes;
mod rankings;
pub mod reference_agreement;
pub mod sanity;
mod split;
pub mod supervised;
mod teacher;
mod test_images;
/// Map thresholds chosen over a data set.
pub mod threshold;
/// Training of a network.
pub mod train;
mod training_host;
/// Training images of a stage.
pub mod training_set;
mod work;

pub use error::StageError;
pub use instructions::InstructionNames;
pub use kinds::{Kind, run};
pub use observer::{Observer, Stopped, TaskReport, Unobserved, Verbosity};
pub use pass_key::{PassKey, Versions};
pub use progress::{Progress, Task};
pub use test_images::{DrawnImages, TestImages};
pub use work::{Job, Work, WorkOptions, work_of};

kinds::kinds! {
    train::Train,
    fuse::Fuse,
    passes::Predict,
    passes::MapPasses,
    ensemble::EnsembleMaps,
    external::ExternalMaps,
    features::LayerFeatures,
    supervised::supervise::Supervise,
    supervised::maps::SupervisedMaps,
    chain::polynomial::PolynomialMaps,
    chain::cluster::Cluster,
    chain::merge::MergedMaps,
    pseudo_boxes::DrawPseudoBoxes,
    evaluate::Evaluate,
    measure::MeasuredQuantities,
    threshold::Threshold,
    supervised::annotations::CountAnnotations,
    boxes::PredictedBoxes,
    chain::agreement::ClusterTruth,
    intuitive::IntuitiveSimilarity,
    analyse::Analyse,
    pairwise_divergence::PairwiseDivergence,
    reference_agreement::ReferenceAgreement,
    sanity::Randomise,
}
