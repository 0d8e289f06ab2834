use crate::random::random_point;
use crate::space::{SearchPoint, SearchSpace};
use crate::trial::Trial;

/// Bandwidth of the kernels of numerical parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bandwidth {
    /// The same for all kernels.
    Constant,
    /// Distance to the neighbours.
    Neighbours,
}

/// Tree-structured Parzen estimator.
#[derive(Debug, Clone, PartialEq)]
pub struct Tpe {
    /// Number of finished trials before which points are random.
    pub startup: usize,
    /// Number of candidates, of which the best is proposed.
    pub candidates: usize,
    /// Bandwidth of the kernels.
    pub bandwidth: Bandwidth,
}

impl Default for Tpe {
    fn default() -> Self {
        Self { startup: 10, candidates: 24, bandwidth: Bandwidth::Constant }
    }
}

impl Tpe {
    /// The next `count` points after `trials`.
    pub fn propose(
        &self,
        space: &SearchSpace,
        seed: u64,
        trials: &[Trial],
        count: usize,
    ) -> Vec<SearchPoint> {
        (trials.len()..trials.len() + count).map(|trial| random_point(space, seed, trial)).collect()
    }
}
