//! Similarity of two maps of one image.

use super::{DIVERGENCE_EPSILON, Map};

/// Similarity of two maps of the same size; each measure is `None` where it is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MapAgreement {
    /// Pearson correlation of the pixels, -1 to 1; `None` if a map is constant.
    pub pearson: Option<f64>,
    /// Spearman correlation: Pearson correlation of the ranks, ties at their mean rank.
    pub spearman: Option<f64>,
    /// `KL(reference || map)` in nats of the maps as distributions, normalised as the map in
    /// [`super::kl_divergence`]: shifted to a minimum of 0 if that is negative, divided by the sum, and mixed with
    /// the uniform distribution.
    pub divergence: Option<f64>,
}

/// Compares a map with a reference. All measures are `None` for maps of different sizes or with values that are not
/// finite.
pub fn agreement(reference: &Map, map: &Map) -> MapAgreement {
    let sizes = (reference.height, reference.width) == (map.height, map.width);
    let finite = |map: &Map| map.data.iter().all(|value| value.is_finite());
    if !sizes || map.data.is_empty() || !finite(reference) || !finite(map) {
        return MapAgreement::default();
    }
    let numbers = |map: &Map| map.data.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
    let (p, q) = (shares(&reference.data), shares(&map.data));
    MapAgreement {
        pearson: correlation(&numbers(reference), &numbers(map)),
        spearman: correlation(&ranks(&reference.data), &ranks(&map.data)),
        divergence: Some(p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum::<f64>().max(0.0)),
    }
}

/// `KL(first || second)` in nats of every pair of maps of one image, indexed `[first][second]`, computed as
/// [`MapAgreement::divergence`]; `None` for the pairs of a map that is not finite or differs in size from the first
/// map.
pub fn divergences(maps: &[Map]) -> Vec<Vec<Option<f64>>> {
    let sized =
        |map: &Map| maps.first().is_some_and(|first| (first.height, first.width) == (map.height, map.width));
    let sound = |map: &Map| sized(map) && map.data.iter().all(|value| value.is_finite());
    let known: Vec<Option<(Vec<f64>, Vec<f64>)>> = maps
        .iter()
        .map(|map| {
            let shares = sound(map).then(|| shares(&map.data))?;
            let logarithms = shares.iter().map(|share| share.ln()).collect();
            Some((shares, logarithms))
        })
        .collect();
    let between = |first: &Option<(Vec<f64>, Vec<f64>)>, second: &Option<(Vec<f64>, Vec<f64>)>| {
        let ((p, own), (_, other)) = first.as_ref().zip(second.as_ref())?;
        let terms = p.iter().zip(own.iter().zip(other));
        Some(terms.map(|(p, (own, other))| p * (own - other)).sum::<f64>().max(0.0))
    };
    known.iter().map(|first| known.iter().map(|second| between(first, second)).collect()).collect()
}

fn correlation(first: &[f64], second: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(first), mean(second));
    let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in first.iter().zip(second) {
        both += (x - a) * (y - b);
        one += (x - a).powi(2);
        other += (y - b).powi(2);
    }
    let scale = one.sqrt() * other.sqrt();
    (scale > 0.0).then(|| (both / scale).clamp(-1.0, 1.0))
}

/// Ranks from 1; equal values get their mean rank.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]).then(a.cmp(b)));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = start as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|place| ranks[*place] = rank);
        start += tied.len();
    }
    ranks
}

/// A map as a distribution without zeros.
fn shares(values: &[f32]) -> Vec<f64> {
    let count = values.len() as f64;
    let shift = values.iter().map(|value| f64::from(*value)).fold(0.0, f64::min);
    let total: f64 = values.iter().map(|value| f64::from(*value) - shift).sum();
    let share = |value: &f32| if total > 0.0 { (f64::from(*value) - shift) / total } else { 1.0 / count };
    let mixed = |share: f64| (share + DIVERGENCE_EPSILON / count) / (1.0 + DIVERGENCE_EPSILON);
    values.iter().map(|value| mixed(share(value))).collect()
}
