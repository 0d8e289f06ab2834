//! Families of comparisons: several claims, all pairs of methods, the methods against the best of them.

use super::components::size;
use super::difference::{ClaimScope, PairedDifference, difference_of};
use super::error::StatisticsError;
use super::spread::ConfidenceInterval;

/// Holm's step-down correction (Holm 1979): the adjusted p values, in the order given. The k-th smallest of m is
/// multiplied by m - k + 1; the result is at least its predecessor and at most 1. The probability of any false claim is
/// at most the level under every dependence of the tests.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0f64;
    for (rank, place) in order.into_iter().enumerate() {
        least = least.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = least;
    }
    adjusted
}

/// The comparison of two methods as one of all pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairComparison {
    /// Index of the first method.
    pub first: usize,
    /// Index of the second method.
    pub second: usize,
    /// First minus second, with unadjusted tests.
    pub difference: PairedDifference,
    /// p value for these networks, adjusted for all pairs.
    pub networks_p: f64,
    /// p value over training runs, adjusted for all pairs; `None` with one seed.
    pub training_p: Option<f64>,
    /// Number of pairs of the family.
    pub pairs: usize,
}

impl PairComparison {
    /// Population that this comparison can be stated for at `level`, see [`PairedDifference::scope`].
    pub fn scope(&self, level: f64) -> ClaimScope {
        self.difference.scope_of(self.training_p, level)
    }

    /// The adjusted p value of a scope.
    pub fn p(&self, scope: ClaimScope) -> f64 {
        match (scope, self.training_p) {
            (ClaimScope::Training, Some(p)) => p,
            _ => self.networks_p,
        }
    }

    /// Interval of a scope that covers the true difference together with those of all other pairs, up to probability
    /// `level` (Bonferroni). It may include 0 where the adjusted p value is below `level`, never the reverse: Holm's
    /// correction is the more powerful.
    pub fn interval(&self, scope: ClaimScope, level: f64) -> ConfidenceInterval {
        self.difference.test(scope).interval(level / self.pairs as f64)
    }

    /// Smallest difference that the pair would have shown in its family, see
    /// [`MeanTest::detectable`](super::MeanTest::detectable).
    pub fn detectable(&self, scope: ClaimScope, level: f64) -> f64 {
        self.difference.test(scope).detectable(level / self.pairs as f64)
    }
}

/// The best of several methods and the comparison of each other one with it.
#[derive(Debug, Clone, PartialEq)]
pub struct BestComparison {
    /// Index of the method with the highest mean, the first of equals.
    pub best: usize,
    /// Each other method, in order, as the `first` of a pair whose `second` is the best: differences are at most 0.
    pub others: Vec<PairComparison>,
}

/// All pairs of methods of `scores[method][seed][image]`, the first before the second, in order.
///
/// p values are corrected by Holm over all pairs, for each scope by itself.
///
/// # Errors
/// As [`paired_difference`](super::paired_difference), or methods of different sizes.
pub fn all_pairs(scores: &[Vec<Vec<f64>>]) -> Result<Vec<PairComparison>, StatisticsError> {
    let Some(first) = scores.first() else { return Ok(Vec::new()) };
    let (seeds, images) = size(first)?;
    for method in scores {
        let found = size(method)?;
        for (found, wanted) in [(found.0, seeds), (found.1, images)] {
            if found != wanted {
                return Err(StatisticsError::Uneven { found, wanted });
            }
        }
    }
    let mut all = Vec::new();
    for first in 0..scores.len() {
        for second in first + 1..scores.len() {
            let difference = difference_of(&scores[first], &scores[second])?;
            all.push(PairComparison {
                first,
                second,
                difference,
                networks_p: 1.0,
                training_p: None,
                pairs: 0,
            });
        }
    }
    let pairs = all.len();
    let networks = holm(&all.iter().map(|pair| pair.difference.networks.p).collect::<Vec<_>>());
    let training: Vec<f64> = all.iter().filter_map(|pair| Some(pair.difference.training?.p)).collect();
    let training = holm(&training);
    for (at, pair) in all.iter_mut().enumerate() {
        (pair.networks_p, pair.training_p, pair.pairs) = (networks[at], training.get(at).copied(), pairs);
    }
    Ok(all)
}

/// Every method of `scores[method][seed][image]` against the one with the highest mean; `None` without methods.
///
/// The best is picked from the same scores, so that it is partly the luckiest: a test of each other method against it at
/// the stated level is wrong too often. Correction over all pairs holds for every choice of pairs, this one included.
///
/// ```
/// use camlab_statistics::ClaimScope;
///
/// // Three methods, one seed, forty images: hits and misses.
/// let hits = |every: usize| vec![(0..40).map(|image| if image % every == 0 { 0.0 } else { 100.0 }).collect()];
/// let scores = [hits(9), hits(2), hits(8)];
/// let found = camlab_statistics::against_best(&scores).unwrap().expect("methods");
/// assert_eq!(found.best, 0);
/// let p: Vec<f64> = found.others.iter().map(|pair| pair.p(ClaimScope::Networks)).collect();
/// assert!(p[0] < 0.05 && p[1] > 0.05);
/// ```
///
/// # Errors
/// As [`all_pairs`].
pub fn against_best(scores: &[Vec<Vec<f64>>]) -> Result<Option<BestComparison>, StatisticsError> {
    let all = all_pairs(scores)?;
    let mean = |method: &[Vec<f64>]| method.iter().flatten().sum::<f64>();
    let means: Vec<f64> = scores.iter().map(|method| mean(method)).collect();
    let Some(best) = (0..means.len()).rev().max_by(|a, b| means[*a].total_cmp(&means[*b])) else {
        return Ok(None);
    };
    let with_best = |pair: PairComparison| match (pair.first == best, pair.second == best) {
        (false, true) => Some(pair),
        (true, false) => Some(pair.reversed()),
        _ => None,
    };
    // In the order of the methods, since those before the best are its firsts and those after it its seconds.
    let others = all.into_iter().filter_map(with_best);
    Ok(Some(BestComparison { best, others: others.collect() }))
}

impl PairComparison {
    /// Second minus first.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { first: self.second, second: self.first, difference: self.difference.reversed(), ..self }
    }
}
