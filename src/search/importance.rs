use camlab_base::quantile;
use camlab_base::random::stream;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::feature::{Feature, encode};
use crate::space::SearchSpace;
use crate::tree::{RegressionTree, TreeData};
use crate::trial::Trial;
use crate::variance::BoxFunction;

/// Number of trials with a value below which no importance is computed.
pub const LEAST_TRIALS: usize = 10;

/// Pairs of trees.
const PAIRS: usize = 64;

/// Least part of the trees' variance that counts as their common variance: where two halves of the trials agree on less, the
/// shares are fractions of this part, not of a number near 0.
const LEAST_COMMON: f64 = 0.1;

/// Share of the outcome's variance that one key explains by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyImportance {
    /// Index of the parameter in the space.
    pub parameter: usize,
    /// Share, 0 to 1: mean over the pairs of trees.
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
    /// Share of the variance that no single key explains, 0 to 1: interactions of keys.
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
/// A tree follows the noise of its trials, which gives every key some variance. Trees are therefore fitted in pairs, each to one
/// half of the trials, and variances are replaced by the covariances of the two trees' functions: to these, noise adds nothing on
/// average, and the share of a key without effect is 0. All are exact, from the boxes of the leaves. The halves of each pair are
/// drawn anew; the interval is that of the quantiles over the pairs.
///
/// The value of a key that is not active changes nothing. Such a key takes a random value, another one for each pair: the forest
/// then sees a function on all combinations that is constant where the key is not active. Failed and pending trials and values
/// that are not finite are left out.
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
    let features: Vec<Feature> =
        searched.iter().map(|index| Feature::of(&space.parameters()[*index].domain)).collect();
    let mut totals = Vec::with_capacity(PAIRS);
    let (mut mains, mut predictions) =
        (vec![Vec::with_capacity(PAIRS); searched.len()], vec![(0.0, 0.0); count]);
    let mut variance = 0.0;
    for pair in 0..PAIRS {
        let random = &mut stream(seed, &format!("search/importance/{pair}"));
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(features.len());
        for (index, feature) in searched.iter().zip(&features) {
            let domain = &space.parameters()[*index].domain;
            let entry = |(trial, _): &(&Trial, f64)| match &trial.point[*index] {
                Some(value) => encode(domain, value),
                None => feature.at(random.random()),
            };
            columns.push(valued.iter().map(entry).collect());
        }
        let data = TreeData { features: &features, columns: &columns, outcomes: &outcomes };
        let mut rows: Vec<usize> = (0..count).collect();
        rows.shuffle(random);
        let (first, second) = rows.split_at(count / 2);
        let functions = [(first, second), (second, first)].map(|(own, other)| {
            let tree = RegressionTree::fit(&data, own, random);
            for row in other {
                predictions[*row].0 += tree.predict(&columns, *row);
                predictions[*row].1 += 1.0;
            }
            BoxFunction::centred(tree.leaves(&features))
        });
        let [first, second] = &functions;
        totals.push(first.covariance(second));
        variance += 0.5 * (first.variance() + second.variance()) / PAIRS as f64;
        for (feature, mains) in mains.iter_mut().enumerate() {
            mains.push(first.main_covariance(second, &features, feature));
        }
    }
    if variance <= 0.0 {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let total = mean(&totals).max(LEAST_COMMON * variance);
    let mut keys: Vec<KeyImportance> = (0..space.parameters().len())
        .map(|parameter| KeyImportance { parameter, share: 0.0, low: 0.0, high: 0.0 })
        .collect();
    for (index, mut mains) in searched.into_iter().zip(mains) {
        let share = mean(&mains) / total;
        mains.sort_unstable_by(f64::total_cmp);
        let end = |part: f64| quantile(&mains, part).map_or(0.0, |value| value / total);
        let [low, share, high] =
            [end(0.025).min(share), share, end(0.975).max(share)].map(|at| at.clamp(0.0, 1.0));
        keys[index] = KeyImportance { parameter: index, share, low, high };
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
