//! The permutations of channels that a network's function does not see, and those that bring two networks together.

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
