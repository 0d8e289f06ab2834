//! The permutations of channels that a network's function does not see, and those that bring two networks together.

mod apply;
mod assignment;
mod matching;
mod similarity;
mod symmetry;
mod units;

pub use apply::Permutation;
pub use matching::{AlignError, Matching, match_weights};
pub use similarity::cosine;
pub use symmetry::{Axis, Part, Symmetry};
