use camlab_base::quantile;
use camlab_base::random::stream;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::feature::{Feature, encode};
use crate::space::SearchSpace;
use crate::tree::{RegressionTree, TreeData};
use crate::trial::Trial;
use crate::variance::TreeVariances;

/// Number of trials with a value below which no importance is computed.
pub const LEAST_TRIALS: usize = 10;

const TREES: usize = 64;
const LEAF: usize = 1;

/// Share of the outcome's variance that one key explains by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyImportance {
    /// Index of the parameter in the space.
    pub parameter: usize,
    /// Share, 0 to 1: mean over the trees.
    pub share: f64,
    /// Lower end of the 95 % interval, 0 to 1.
    pub low: f64,
    /// Upper end of the 95 % interval, 0 to 1.
    pub high: f64,
}

/// Importance of the searched keys.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportanceReport {
    /// One entry per parameter, in the order of the space.
    pub keys: Vec<KeyImportance>,
    /// Share of the variance that no single key explains, 0 to 1: interactions of keys, and noise that the trees follow.
    pub interactions: f64,
    /// Number of trials with a value.
    pub trials: usize,
    /// R^2 of predictions for trials that a tree was not fitted to; at most 1, below 0 for a model that is worse than the mean.
    /// Shares of a model that fits badly mean little.
    pub fit: f64,
}

/// fANOVA (Hutter, Hoos and Leyton-Brown 2014): variance fractions of the main effects in a random forest, for keys that
/// are uniform on their (logarithmic) scales. `None` with fewer than [`LEAST_TRIALS`] values, or without variance.
///
/// Each tree is fitted to a bootstrap sample of the trials, so that the quantiles over the trees are the interval. Trees
/// follow noise, which gives every key some variance: each has a shadow, a copy with its values permuted over the trials,
/// whose variance is subtracted (Kursa and Rudnicki 2010). The share of a key without effect is 0 on average.
///
/// The value of a key that is not active changes nothing. Such a key takes a random value, another one in each tree: the forest then
/// sees a function on all combinations that is constant where the key is not active. Failed and pending trials and
/// values that are not finite are left out.
pub fn importance(space: &SearchSpace, trials: &[Trial], seed: u64) -> Option<ImportanceReport> {
    let valued: Vec<(&Trial, f64)> = trials
        .iter()
        .filter(|trial| space.contains(&trial.point))
        .filter_map(|trial| Some((trial, trial.outcome.value().filter(|value| value.is_finite())?)))
        .collect();
    let outcomes: Vec<f64> = valued.iter().map(|(_, value)| *value).collect();
    let searched: Vec<usize> =
        (0..space.parameters().len()).filter(|index| !space.parameters()[*index].domain.single()).collect();
    let count = outcomes.len();
    if count < LEAST_TRIALS || searched.is_empty() || outcomes.iter().all(|value| *value == outcomes[0]) {
        return None;
    }
    let own: Vec<Feature> =
        searched.iter().map(|index| Feature::of(&space.parameters()[*index].domain)).collect();
    let features: Vec<Feature> = own.iter().chain(&own).copied().collect();
    let (mut shares, mut predictions) = (vec![Vec::new(); searched.len()], vec![(0.0, 0.0); count]);
    for tree in 0..TREES {
        let random = &mut stream(seed, &format!("search/importance/{tree}"));
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(features.len());
        for (index, feature) in searched.iter().zip(&own) {
            let domain = &space.parameters()[*index].domain;
            let entry = |(trial, _): &(&Trial, f64)| match &trial.point[*index] {
                Some(value) => encode(domain, value),
                None => feature.at(random.random()),
            };
            columns.push(valued.iter().map(entry).collect());
        }
        for column in 0..own.len() {
            let mut shadow = columns[column].clone();
            shadow.shuffle(random);
            columns.push(shadow);
        }
        let rows: Vec<usize> = (0..count).map(|_| random.random_range(0..count)).collect();
        let data = TreeData { features: &features, columns: &columns, outcomes: &outcomes };
        let fitted = RegressionTree::fit(&data, &rows, LEAF, random);
        let variances = TreeVariances::new(&features, &fitted.leaves(&features));
        if variances.total > 0.0 {
            for (key, shares) in shares.iter_mut().enumerate() {
                let shadow = variances.main[own.len() + key];
                shares.push((variances.main[key] - shadow) / variances.total);
            }
        }
        let mut drawn = vec![false; count];
        rows.iter().for_each(|row| drawn[*row] = true);
        for row in (0..count).filter(|row| !drawn[*row]) {
            predictions[row].0 += fitted.predict(&columns, row);
            predictions[row].1 += 1.0;
        }
    }
    if shares[0].is_empty() {
        return None;
    }
    let mut keys: Vec<KeyImportance> = (0..space.parameters().len())
        .map(|parameter| KeyImportance { parameter, share: 0.0, low: 0.0, high: 0.0 })
        .collect();
    for (index, mut shares) in searched.into_iter().zip(shares) {
        shares.sort_unstable_by(f64::total_cmp);
        let end = |part: f64| quantile(&shares, part).unwrap_or(0.0).clamp(0.0, 1.0);
        let share = (shares.iter().sum::<f64>() / shares.len() as f64).clamp(0.0, 1.0);
        keys[index] = KeyImportance { parameter: index, share, low: end(0.025), high: end(0.975) };
    }
    let interactions = (1.0 - keys.iter().map(|key| key.share).sum::<f64>()).clamp(0.0, 1.0);
    Some(ImportanceReport { keys, interactions, trials: count, fit: fit(&outcomes, &predictions) })
}

/// R^2 of the sums and numbers of predictions; a trial that every tree was fitted to is left out.
fn fit(outcomes: &[f64], predictions: &[(f64, f64)]) -> f64 {
    let seen: Vec<(f64, f64)> = outcomes
        .iter()
        .zip(predictions)
        .filter(|(_, (_, count))| *count > 0.0)
        .map(|(outcome, (sum, count))| (*outcome, sum / count))
        .collect();
    let mean = seen.iter().map(|(outcome, _)| outcome).sum::<f64>() / seen.len().max(1) as f64;
    let around: f64 = seen.iter().map(|(outcome, _)| (outcome - mean).powi(2)).sum();
    let errors: f64 = seen.iter().map(|(outcome, predicted)| (outcome - predicted).powi(2)).sum();
    if around > 0.0 { 1.0 - errors / around } else { 0.0 }
}
