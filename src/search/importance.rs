use camlab_base::quantile;
use camlab_base::random::stream;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::boosting::BoostedTrees;
use crate::feature::{Feature, encode};
use crate::space::SearchSpace;
use crate::trial::Trial;

/// Number of trials with a value below which no importance is computed.
pub const LEAST_TRIALS: usize = 10;

/// Pairs of models, each fitted to one half of the trials.
const PAIRS: usize = 32;

/// Least part of the models' variance that counts as their common variance. Where two halves of the trials agree on
/// less, shares are fractions of this part, not of a number near 0.
const LEAST_COMMON: f64 = 0.3;

/// Share of the outcome's variance that one key explains by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyImportance {
    /// Index of the parameter in the space.
    pub parameter: usize,
    /// Share, 0 to 1: mean over the pairs of models.
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
    /// R^2 of predictions for trials that a model was not fitted to; at most 1, below 0 for a model that is worse
    /// than the mean. Shares of a model that fits badly mean little.
    pub fit: f64,
}

/// Functional ANOVA of a model of trees (Hutter, Hoos and Leyton-Brown 2014): variance fractions of the main effects,
/// for keys that are uniform on their (logarithmic) scales. All variances are exact, from the boxes of the leaves.
/// `None` with fewer than [`LEAST_TRIALS`] values, or without variance.
///
/// Two decisions differ from the paper's random forest of deep trees:
///
/// - The model is boosted (Friedman 2001): a sum of shallow trees. Deep trees split on strong keys first and have few
///   trials left for an effect with a minimum in the middle of a key's range, the usual one in a search.
/// - A model follows the noise of its trials, which gives every key some variance. Models are fitted in pairs, each
///   to one half of the trials, and a variance is replaced by the covariance of the pair's functions. Noise adds
///   nothing to it on average: the share of a key without effect is 0.
///
/// The halves are drawn anew for each pair. The variances of models of random halves differ among themselves as those
/// of new trials would differ from these (the jackknife that deletes half of the data, Shao and Wu 1989): the
/// interval is the share and the quantiles of their differences from the mean. It does not contain the error of a
/// model that has too few trials for an effect: with some tens of trials, weak keys are underestimated, and strong
/// ones overestimated.
///
/// The value of a key that is not active changes nothing. Such a key takes a random value, another one for each pair:
/// the model then sees a function on all combinations that is constant where the key is not active. Failed and
/// pending trials and values that are not finite are left out.
pub fn importance(space: &SearchSpace, trials: &[Trial], seed: u64) -> Option<ImportanceReport> {
    let valued: Vec<(&Trial, f64)> = trials
        .iter()
        .filter(|trial| space.contains(&trial.point))
        .filter_map(|trial| Some((trial, trial.outcome.value().filter(|value| value.is_finite())?)))
        .collect();
    // Shares do not depend on the unit, and squares of numbers up to 1 stay finite.
    let largest = valued.iter().fold(0.0, |largest: f64, (_, value)| largest.max(value.abs()));
    let outcomes: Vec<f64> = valued.iter().map(|(_, value)| *value / largest).collect();
    let searched: Vec<usize> =
        (0..space.parameters().len()).filter(|index| !space.parameters()[*index].domain.single()).collect();
    let count = outcomes.len();
    if count < LEAST_TRIALS || searched.is_empty() || valued.iter().all(|(_, value)| *value == valued[0].1) {
        return None;
    }
    let features: Vec<Feature> =
        searched.iter().map(|index| Feature::of(&space.parameters()[*index].domain)).collect();
    let mut totals = Vec::with_capacity(PAIRS);
    let (mut mains, mut predictions) =
        (vec![Vec::with_capacity(PAIRS); searched.len()], vec![(0.0, 0.0); count]);
    let mut spreads = mains.clone();
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
        let mut rows: Vec<usize> = (0..count).collect();
        rows.shuffle(random);
        let (first, second) = rows.split_at(count / 2);
        let [first, second] = [(first, second), (second, first)].map(|(own, other)| {
            let model = BoostedTrees::fit(&features, &columns, &outcomes, own, random);
            for row in other {
                predictions[*row].0 += model.predicted[*row];
                predictions[*row].1 += 1.0;
            }
            model.function
        });
        totals.push(first.covariance(&second));
        variance += 0.5 * (first.covariance(&first) + second.covariance(&second)) / PAIRS as f64;
        for (feature, (mains, spreads)) in mains.iter_mut().zip(&mut spreads).enumerate() {
            mains.push(first.main_covariance(&second, &features, feature));
            spreads.extend([&first, &second].map(|own| own.main_covariance(own, &features, feature)));
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
    for ((index, mains), mut spreads) in searched.into_iter().zip(mains).zip(spreads) {
        let (share, middle) = (mean(&mains) / total, mean(&spreads));
        spreads.sort_unstable_by(f64::total_cmp);
        let end = |part: f64| share + quantile(&spreads, part).map_or(0.0, |value| (value - middle) / total);
        let [low, share, high] = [end(0.025), share, end(0.975)].map(|at| at.clamp(0.0, 1.0));
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
