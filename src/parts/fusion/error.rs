use camlab_nn::NetworkError;
use camlab_nn::align::AlignError;
use camlab_nn::train::DataError;

/// Error of a fusion of networks.
#[derive(Debug, thiserror::Error)]
pub enum FusionError {
    /// An option out of range.
    #[error("{option} = {value} is out of range; use {range}")]
    Option {
        /// Name of the TOML option.
        option: &'static str,
        /// Value given.
        value: f64,
        /// Accepted values.
        range: &'static str,
    },
    /// The number of weights differs from the number of members.
    #[error(
        "`weights` has {given} numbers for {members} members; write one per member, or remove it for equal weights"
    )]
    Weights {
        /// Number of weights.
        given: usize,
        /// Number of members.
        members: usize,
    },
    /// A weight that is negative or not finite.
    #[error("weight {weight} is out of range; use 0 or more")]
    Weight {
        /// Value given.
        weight: f64,
    },
    /// Weights that are all 0.
    #[error("every weight is 0; give at least one member a weight")]
    WeightlessMembers,
    /// The list of members is empty.
    #[error("there is nothing to fuse; list at least one member")]
    NoMembers,
    /// Members whose parameters differ in name or shape: an internal error, since all are built from one backbone.
    #[error("member {member} has another architecture than the first")]
    Architecture {
        /// Index of the member, from 0.
        member: usize,
    },
    /// Training images could not be loaded.
    #[error("cannot load training images: {0}")]
    Data(DataError),
    /// Alignment of channels failed.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The network rejected a value: an internal error.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
