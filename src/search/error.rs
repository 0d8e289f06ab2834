use std::sync::Arc;

/// Errors of a search space or a schedule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// A bound that is no finite number, or `low` above `high`.
    #[error("`{name}` has the bounds {low} and {high}; give finite bounds with `low` not above `high`")]
    Bounds {
        /// Name of the parameter.
        name: Arc<str>,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// A logarithmic scale that reaches 0.
    #[error("`{name}` has a logarithmic scale and `low` = {low}; give a positive `low`, or leave out `log`")]
    Logarithm {
        /// Name of the parameter.
        name: Arc<str>,
        /// Lower bound.
        low: f64,
    },
    /// Whole numbers that a 64-bit float does not hold.
    #[error("`{name}` has the bound {bound}; whole numbers must be within 2^53 in magnitude")]
    TooLarge {
        /// Name of the parameter.
        name: Arc<str>,
        /// The bound.
        bound: i64,
    },
    /// No choices.
    #[error("`{name}` has no choices; give at least one")]
    NoChoice {
        /// Name of the parameter.
        name: Arc<str>,
    },
    /// A name that stands twice. Names key random streams.
    #[error("two parameters are called `{name}`; give each key once")]
    Twice {
        /// The name.
        name: Arc<str>,
    },
    /// A condition on a parameter that is not before this one.
    #[error("`{name}` depends on parameter {parent}, which is not before it; put the parent first")]
    Parent {
        /// Name of the parameter.
        name: Arc<str>,
        /// Index of the parent.
        parent: usize,
    },
    /// A condition that is not on choices of its parent.
    #[error("`{name}` depends on choice {choice} of `{parent}`, which has {count} choices; name one of them")]
    ParentChoice {
        /// Name of the parameter.
        name: Arc<str>,
        /// Name of the parent.
        parent: Arc<str>,
        /// Index of the choice.
        choice: usize,
        /// Number of choices of the parent; 0 for a parent that is a number.
        count: usize,
    },
    /// Resources of a halving schedule that are 0 or in the wrong order.
    #[error(
        "halving from {least} to {resource} units; `least` must be at least 1 and not above the full amount"
    )]
    Resource {
        /// Full amount.
        resource: u64,
        /// Amount of the first rung.
        least: u64,
    },
    /// A reduction factor that does not reduce.
    #[error("halving by a factor of {factor}; it must be at least 2")]
    Factor {
        /// The factor.
        factor: u64,
    },
}
