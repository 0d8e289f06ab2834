//! Spherical k-means over channels: groups channels that are active at the same positions.

use super::Features;
use super::variances::variances;
use crate::cluster::{Points, spherical};

/// Maximum number of iterations; a few usually suffice.
const ROUNDS: usize = 30;

/// Channels in at most `count` groups (fewer if fewer channels vary; constant channels are in none). Deterministic:
/// the first centre is the channel of the largest variance, each further one the channel least similar to the centres
/// so far.
pub(super) fn groups(features: Features<'_>, count: usize) -> Vec<Vec<usize>> {
    let variances = variances(features);
    let varied: Vec<usize> = (0..features.channels).filter(|channel| variances[*channel] > 0.0).collect();
    if count >= varied.len() {
        return varied.into_iter().map(|channel| vec![channel]).collect();
    }
    let units: Vec<Vec<f32>> = varied.iter().map(|channel| unit(features, *channel)).collect();
    let centres = seeds(&units, &varied, &variances, count);
    let points = |rows: &[Vec<f32>]| Points { dims: features.height * features.width, data: rows.concat() };
    let group = spherical(&points(&units), points(&centres), ROUNDS);
    let members = (0..centres.len()).map(|at| {
        let members = varied.iter().zip(&group).filter(|(_, group)| **group as usize == at);
        members.map(|(channel, _)| *channel).collect::<Vec<usize>>()
    });
    members.filter(|members| !members.is_empty()).collect()
}

fn seeds(units: &[Vec<f32>], varied: &[usize], variances: &[f64], count: usize) -> Vec<Vec<f32>> {
    let most = |values: &dyn Fn(usize) -> f64| {
        (0..units.len()).fold(0, |best, at| if values(at) > values(best) { at } else { best })
    };
    let first = most(&|at| variances[varied[at]]);
    let mut centres = vec![units[first].clone()];
    let mut likeness: Vec<f32> = units.iter().map(|unit| dot(unit, &units[first])).collect();
    while centres.len() < count {
        let next = most(&|at| -f64::from(likeness[at]));
        for (likeness, unit) in likeness.iter_mut().zip(units) {
            *likeness = likeness.max(dot(unit, &units[next]));
        }
        centres.push(units[next].clone());
    }
    centres
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    super::weigh::dot(a, b, |a, b| a * b)
}

/// A channel's values over the grid, scaled to length 1.
fn unit(features: Features<'_>, channel: usize) -> Vec<f32> {
    scaled(features.activations.iter().skip(channel).step_by(features.channels).copied().collect())
}

fn scaled(mut values: Vec<f32>) -> Vec<f32> {
    let length = dot(&values, &values).sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
    values
}
