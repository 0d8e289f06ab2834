//! Exact variances of a tree's function over the uniform distribution of its features.

use crate::feature::Feature;
use crate::tree::Side;

/// Variance of the function and of the main effect of each feature (Hutter, Hoos and Leyton-Brown 2014): the function's
/// mean given the feature's value, all others averaged over their values.
pub(crate) struct TreeVariances {
    pub(crate) total: f64,
    pub(crate) main: Vec<f64>,
}

impl TreeVariances {
    /// Variances of the function that is constant on each of `leaves`, boxes that fill the space.
    pub(crate) fn new(features: &[Feature], leaves: &[(Vec<Side>, f64)]) -> Self {
        let volume = |sides: &[Side]| sides.iter().map(Side::measure).product::<f64>();
        let volumes: Vec<f64> = leaves.iter().map(|(sides, _)| volume(sides)).collect();
        let mean: f64 = leaves.iter().zip(&volumes).map(|((_, value), volume)| value * volume).sum();
        let total =
            leaves.iter().zip(&volumes).map(|((_, value), volume)| (value - mean).powi(2) * volume).sum();
        let main = (0..features.len()).map(|feature| {
            // Part of the mean given the feature's value that the leaf adds wherever it covers that value.
            let parts = leaves.iter().zip(&volumes).filter_map(|((sides, value), volume)| {
                let measure = sides[feature].measure();
                (measure > 0.0).then(|| (&sides[feature], (value - mean) * volume / measure))
            });
            match features[feature] {
                Feature::Unit => interval_variance(parts),
                Feature::Levels(count) => level_variance(parts, count),
            }
        });
        let main = main.collect();
        Self { total, main }
    }
}

/// Variance of a sum of step functions of mean 0 in all.
fn interval_variance<'a>(parts: impl Iterator<Item = (&'a Side, f64)>) -> f64 {
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for (side, part) in parts {
        if let Side::Interval(low, high) = side {
            steps.extend([(*low, part), (*high, -part)]);
        }
    }
    steps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut variance, mut height) = (0.0, 0.0);
    for (step, next) in steps.iter().zip(steps.iter().skip(1)) {
        height += step.1;
        variance += height * height * (next.0 - step.0);
    }
    variance
}

fn level_variance<'a>(parts: impl Iterator<Item = (&'a Side, f64)>, count: usize) -> f64 {
    let mut means = vec![0.0; count];
    for (side, part) in parts {
        if let Side::Levels(levels) = side {
            means.iter_mut().zip(levels).filter(|(_, level)| **level).for_each(|(mean, _)| *mean += part);
        }
    }
    means.iter().map(|mean| mean * mean).sum::<f64>() / count as f64
}
