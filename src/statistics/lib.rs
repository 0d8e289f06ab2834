//! Intervals and tests for scores of images under several training runs: the mean of one method, the paired difference
//! of two, families of such differences, and maximised metrics.
//!
//! No I/O, no clock and no state: every function is a pure function of its arguments. `docs/statistics.md` has the model,
//! the rules, and their simulated error rates.

mod components;
mod corrected;
mod difference;
mod error;
mod family;
mod maximum;
mod mean;
mod spread;
pub mod student;

pub use corrected::{CorrectedDifference, corrected};
pub use difference::{ClaimScope, FEWEST_RUNS, PairedDifference, paired_difference};
pub use error::StatisticsError;
pub use family::{BestComparison, PairComparison, against_best, all_pairs, holm};
pub use maximum::{CONTACT_WIDTH, CORRECTION_WIDTH, CurveDraws, MaximumEstimate, maximum_interval};
pub use mean::{MethodMean, method_mean};
pub use spread::{ConfidenceInterval, MeanTest, POWER};
