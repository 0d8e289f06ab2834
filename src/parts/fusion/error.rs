use camlab_nn::NetworkError;
use camlab_nn::align::AlignError;
use camlab_nn::train::DataError;

/// Why networks could not be fused.
#[derive(Debug, thiserror::Error)]
pub enum FusionError {
    /// An option out of range.
    #[error("{option} = {value} is out of range; use {range}")]
    Option {
        /// The option.
        option: &'static str,
        /// What it was set to.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// Not one weight per member.
    #[error("{given} weights for {members} members; give one per member, or none for equal ones")]
    Weights {
        /// Weights given.
        given: usize,
        /// Members there are.
        members: usize,
    },
    /// A weight that is none.
    #[error("weight {weight} is none; use numbers that are 0 or more")]
    Weight {
        /// What it was set to.
        weight: f64,
    },
    /// Weights that are all 0.
    #[error("every weight is 0; give at least one member a weight")]
    WeightlessMembers,
    /// A fusion of nothing.
    #[error("nothing to fuse; name at least one member")]
    NoMembers,
    /// Members whose parameters differ in name or shape: a bug of ours, since one backbone makes all of them.
    #[error("member {member} is another architecture than the first")]
    Architecture {
        /// Which, from 0.
        member: usize,
    },
    /// Training images that could not be had.
    #[error("cannot look at training images: {0}")]
    Data(DataError),
    /// Channels that could not be matched.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The network did not take a value: a bug of ours.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
