use camlab_plan::{Facts, Plan};

/// Errors of a search.
#[derive(Debug, thiserror::Error)]
pub enum SearchFailure {
    /// Every trial failed.
    #[error("all {trials} trials of the search failed; the first: {cause}")]
    NoTrial {
        /// Number of trials.
        trials: usize,
        /// Cause of the first failure.
        cause: String,
    },
    /// A trial failed for a cause that may be gone in the next run.
    #[error(
        "the search stops, since trial {trial} failed for a cause that may be gone later, and the points after it depend \
         on its result: {cause}; finished stages are kept, and the next run goes on from there"
    )]
    Transient {
        /// Number of the trial, from 0.
        trial: usize,
        /// The cause.
        cause: String,
    },
    /// Images whose boxes exceed the annotation budget.
    #[error(
        "`search.max-boxes = {most}` does not suffice for one image of `data.{split}`; use at least {least}"
    )]
    Boxes {
        /// The budget.
        most: usize,
        /// The split.
        split: &'static str,
        /// Boxes of the first image.
        least: usize,
    },
    /// A batch that has not run, where nothing may run.
    #[error("{} have not run", .0.title)]
    NotRun(Box<PlannedBatch>),
}

/// A batch of trials that has not run.
#[derive(Debug)]
pub struct PlannedBatch {
    /// Its plan.
    pub plan: Plan,
    /// The facts of the plan.
    pub facts: Facts,
    /// Words for the batch: `trials 4 to 7 of 24`.
    pub title: String,
    /// Number of trials whose results are known.
    pub known: usize,
}
