use rand::Rng;

use crate::feature::Feature;
use crate::tree::{RegressionTree, TreeData};
use crate::variance::BoxFunction;

/// Trees of a model, their depth, and the part of each tree's fit that is taken.
const ROUNDS: usize = 40;
const DEPTH: usize = 3;
const RATE: f64 = 0.3;

/// Sum of shallow trees, each fitted to what those before it left (Friedman 2001).
pub(crate) struct BoostedTrees {
    /// The sum as a function, less its mean.
    pub(crate) function: BoxFunction,
    /// Prediction for each row of the columns.
    pub(crate) predicted: Vec<f64>,
}

impl BoostedTrees {
    /// Fits the rows with the given indices, at least one.
    pub(crate) fn fit<R: Rng>(
        features: &[Feature],
        columns: &[Vec<f64>],
        outcomes: &[f64],
        rows: &[usize],
        random: &mut R,
    ) -> Self {
        let mean = rows.iter().map(|row| outcomes[*row]).sum::<f64>() / rows.len() as f64;
        let (mut predicted, mut function) = (vec![mean; outcomes.len()], BoxFunction::default());
        for _ in 0..ROUNDS {
            let left: Vec<f64> =
                outcomes.iter().zip(&predicted).map(|(outcome, sum)| outcome - sum).collect();
            let tree =
                RegressionTree::fit(&TreeData { features, columns, outcomes: &left }, rows, DEPTH, random);
            for (row, predicted) in predicted.iter_mut().enumerate() {
                *predicted += RATE * tree.predict(columns, row);
            }
            let boxes = tree.leaves(features);
            function.add(boxes.into_iter().map(|(sides, value)| (sides, RATE * value)).collect());
        }
        Self { function, predicted }
    }
}
