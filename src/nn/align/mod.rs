//! Permutations of channels that leave a network's function unchanged, and those that align two networks.

mod activations;
mod apply;
mod assignment;
mod matching;
mod similarity;
mod symmetry;
mod units;

pub use activations::match_activations;
pub use apply::Permutation;
pub use matching::{AlignError, Matching, match_weights};
pub use similarity::cosine;
pub use symmetry::{AxisGroup, Symmetry, UnitAxis};
