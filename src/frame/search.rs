//! Frames of a search: its trials, the keys that they set, the importance of the keys, and estimates of its result.

use super::Direction;
use super::column::word;
use super::row::frame;

frame! {
    /// `search.parquet`: the search that chose the report's configuration `found`, in one row; empty without `[search]`.
    SearchRow in "search.parquet" {
        /// Search method.
        method: String,
        /// Metric of the objective.
        metric: String,
        /// Unit of the objective.
        unit: String,
        /// Direction of better values of the objective.
        direction: Direction,
        /// Split whose images and boxes it is computed on: `val`, `test`.
        split: String,
        /// Maps that it is the mean of.
        maps: u32,
        /// Number of trials.
        trials: u32,
        /// Number of trials that are proposed together.
        batch: u32,
        /// Seed of the points.
        seed: i64,
        /// Number of images of the objective.
        images: u32 => "images",
        /// Number of their true boxes: the annotation budget that was used.
        boxes: u32 => "boxes",
        /// Number of the best trial.
        best: u32,
        /// Unit of the rungs of successive halving: `epochs`, `images`; empty for other methods.
        rungs: String,
    }
}

word! {
    /// State of a trial.
    TrialState {
        /// Evaluated whole.
        Complete = "complete",
        /// Left out at a rung of successive halving.
        LeftOut = "left-out",
        /// Failed: an invalid point, or a stage without a result.
        Failed = "failed",
    }
}

frame! {
    /// `trials.parquet`: the points that a search has evaluated, in order; empty without `[search]`.
    TrialRow in "trials.parquet" {
        /// Number of the trial, from 0.
        trial: u32,
        /// Batch that it was proposed in, from 0.
        batch: u32,
        /// Last rung of successive halving that it reached, from 0; 0 for other methods.
        rung: u32,
        /// Epochs or images of that rung; null for other methods.
        resource: Option<u64> => "epochs or images",
        /// State.
        state: TrialState,
        /// Objective at the last rung, mean over seeds and maps; null for a trial that failed.
        value: Option<f64> => "unit of the objective",
        /// Best objective of complete trials up to this one, in the order in which they were completed.
        best: Option<f64> => "unit of the objective",
        /// Position among the trials in the order in which their last rungs were evaluated, from 0.
        completed: u32,
        /// Time that the stages of its objective took, added up; those shared with an earlier trial count there.
        seconds: f64 => "s" [measured],
        /// Cause of a failure; empty otherwise.
        cause: String,
    }
}

word! {
    /// Scale on which a key is searched.
    SearchScale {
        /// Linear.
        Linear = "linear",
        /// Logarithmic.
        Logarithmic = "logarithmic",
        /// Choices without an order.
        Choice = "choice",
    }
}

frame! {
    /// `trial-keys.parquet`: the values of the searched keys, a row per trial and key; keys that do not apply to a trial
    /// are left out.
    TrialKeyRow in "trial-keys.parquet" {
        /// Number of the trial.
        trial: u32,
        /// Searched key.
        key: String,
        /// Its value as TOML.
        value: String,
        /// Its value as a number; the index of a choice.
        number: f64,
        /// Scale on which it is searched.
        scale: SearchScale,
        /// Least value; 0 for choices.
        low: f64,
        /// Greatest value; the index of the last choice.
        high: f64,
    }
}

frame! {
    /// `importance.parquet`: share of the objective's variance over the search space that each searched key explains by
    /// itself (fANOVA, Hutter et al. 2014), in descending order; the row with an empty key is the share of interactions. With
    /// successive halving by the values at the first rung.
    ImportanceRow in "importance.parquet" {
        /// Searched key; empty for interactions of several keys.
        key: String,
        /// Share of the variance.
        share: f64 => "0 to 1",
        /// Lower end of the 95 % interval; null for interactions.
        low: Option<f64> => "0 to 1",
        /// Upper end of the 95 % interval; null for interactions.
        high: Option<f64> => "0 to 1",
        /// Number of trials that the surface is fitted to.
        trials: u32,
        /// Coefficient of determination of the fitted surface on trials that it was not fitted to.
        fit: f64,
    }
}

word! {
    /// Images on which the best point of a search is evaluated.
    EstimateKind {
        /// Those that chose it: too good.
        Selected = "selected",
        /// Those that chose it, corrected for the choice by random halves of them.
        Corrected = "corrected",
        /// The test images, none of which chose it.
        HeldOut = "held-out",
        /// The test images, for the file's own values.
        Reference = "reference",
    }
}

frame! {
    /// `search-estimates.parquet`: the objective of the best point on different images; its optimism is the value on the
    /// images that chose it minus the others.
    SearchEstimateRow in "search-estimates.parquet" {
        /// Images.
        kind: EstimateKind,
        /// Split of the images: `val`, `test`.
        split: String,
        /// Objective, mean over seeds and maps.
        value: f64 => "unit of the objective",
        /// Lower end of the 95 % interval over images; null where there is none.
        low: Option<f64> => "unit of the objective",
        /// Upper end of the 95 % interval over images.
        high: Option<f64> => "unit of the objective",
        /// Number of images.
        images: u32 => "images",
    }
}
