//! Search methods: how the points of a `[search]` are chosen, one per file.

mod halving;
mod random;
mod tpe;

pub use halving::{CandidateSource, HalvingSearch, RungUnit};
pub use random::RandomSearch;
pub use tpe::TpeSearch;

use camlab_base::registry;
use camlab_search::{SearchPoint, SearchSpace, Trial};

registry! {
    /// A search method, with its options.
    pub enum SearchMethodSpec as "search method" {
        "random" => Random(RandomSearch) as "Random search", "independent draws from the space (Bergstra and Bengio 2012)";
        "tpe" => Tpe(TpeSearch) as "TPE", "multivariate tree-structured Parzen estimator (Bergstra et al. 2011; Falkner et al. 2018), as in Optuna";
        "halving" => Halving(HalvingSearch) as "Successive halving", "synchronous successive halving (Jamieson and Talwalkar 2016): many points with few epochs or images, the best of them with more";
    }
    /// The implementation of this method.
    fn implementation -> SearchMethod;
}

/// A search method: what one row of the registry does.
pub trait SearchMethod {
    /// The next points after all known trials, which are in order; fewer than `count` if the method has no more.
    fn propose(&self, space: &SearchSpace, seed: u64, trials: &[Trial], count: usize) -> Vec<SearchPoint>;

    /// The number of points, for a method that has its own.
    fn points(&self, _space: &SearchSpace) -> Option<usize> {
        None
    }

    /// Rungs of successive halving; `None`: every point is evaluated whole.
    fn halving(&self) -> Option<&HalvingSearch> {
        None
    }

    /// Checks the options.
    ///
    /// # Errors
    /// The key of the first invalid option, relative to the method's name, and the problem with its remedy.
    fn check(&self, _space: &SearchSpace) -> Result<(), (String, String)> {
        Ok(())
    }
}
