//! Exact covariances of two sums of trees over the uniform distribution of their features.

use crate::feature::Feature;
use crate::tree::Side;

/// Sum of functions that are constant on boxes.
#[derive(Default)]
pub(crate) struct BoxFunction {
    /// Each box, one side per feature, and what it adds to the sum.
    boxes: Vec<(Vec<Side>, f64)>,
    /// Volume of each box, 0 to 1.
    volumes: Vec<f64>,
}

impl BoxFunction {
    /// Adds a function that is constant on each of `boxes`, which fill the space, less its mean.
    pub(crate) fn add(&mut self, boxes: Vec<(Vec<Side>, f64)>) {
        let volume = |sides: &[Side]| sides.iter().map(Side::measure).product::<f64>();
        let volumes: Vec<f64> = boxes.iter().map(|(sides, _)| volume(sides)).collect();
        let mean: f64 = boxes.iter().zip(&volumes).map(|((_, value), volume)| value * volume).sum();
        self.boxes.extend(boxes.into_iter().map(|(sides, value)| (sides, value - mean)));
        self.volumes.extend(volumes);
    }

    /// Covariance of two functions.
    pub(crate) fn covariance(&self, other: &Self) -> f64 {
        let mut sum = 0.0;
        for (sides, value) in &self.boxes {
            for (others, their) in &other.boxes {
                let mut volume = 1.0;
                for (side, other) in sides.iter().zip(others) {
                    volume *= side.common(other);
                    if volume == 0.0 {
                        break;
                    }
                }
                sum += value * their * volume;
            }
        }
        sum
    }

    /// Covariance of the main effects of one feature: of the functions' means given its value, all other features
    /// averaged over their values (Hutter, Hoos and Leyton-Brown 2014).
    pub(crate) fn main_covariance(&self, other: &Self, features: &[Feature], feature: usize) -> f64 {
        match features[feature] {
            Feature::Unit => {
                let mut steps = self.steps(feature, 0);
                steps.extend(other.steps(feature, 1));
                steps.sort_unstable_by(|a, b| {
                    a.0.total_cmp(&b.0).then(a.2.total_cmp(&b.2)).then(a.1.cmp(&b.1))
                });
                let (mut sum, mut heights) = (0.0, [0.0; 2]);
                for (step, next) in steps.iter().zip(steps.iter().skip(1)) {
                    heights[step.1] += step.2;
                    sum += heights[0] * heights[1] * (next.0 - step.0);
                }
                sum
            }
            Feature::Levels(count) => {
                let [own, their] = [self, other].map(|function| function.level_means(feature, count));
                own.iter().zip(their).map(|(own, their)| own * their).sum::<f64>() / count as f64
            }
        }
    }

    /// Each box's side, and its contribution to the mean given the feature's value wherever it covers that value.
    fn parts(&self, feature: usize) -> impl Iterator<Item = (&Side, f64)> {
        self.boxes.iter().zip(&self.volumes).filter_map(move |((sides, value), volume)| {
            let measure = sides[feature].measure();
            (measure > 0.0).then(|| (&sides[feature], value * volume / measure))
        })
    }

    /// Places where the mean given the feature's value changes: the place, `function`, and by how much.
    fn steps(&self, feature: usize, function: usize) -> Vec<(f64, usize, f64)> {
        let steps = self.parts(feature).filter_map(|(side, part)| match side {
            Side::Interval(low, high) => Some([(*low, function, part), (*high, function, -part)]),
            Side::Levels(_) => None,
        });
        steps.flatten().collect()
    }

    fn level_means(&self, feature: usize, count: usize) -> Vec<f64> {
        let mut means = vec![0.0; count];
        for (side, part) in self.parts(feature) {
            if let Side::Levels(levels) = side {
                means.iter_mut().zip(levels).filter(|(_, level)| **level).for_each(|(mean, _)| *mean += part);
            }
        }
        means
    }
}
