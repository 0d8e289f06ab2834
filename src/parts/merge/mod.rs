//! Merging (step A11): every sub-map goes to the class that the network sees through it, and the sub-maps of a class
//! become one map.

mod confidence;
mod divide;

pub use confidence::confidences;
pub use divide::{Divided, DivisionState};

use serde::{Deserialize, Serialize};

use crate::cam::{MaskScaling, MemoryBudget};
use camlab_raster::{Map, min_max};

/// `merge`: from sub-maps to one map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Merge {
    /// Which class a sub-map goes to.
    pub assign: Assign,
    /// How the sub-maps of a class become one map.
    pub join: SubMapJoin,
    /// What is judged when no sub-map goes to the class that a map is wanted of.
    pub otherwise: Otherwise,
    /// When a sub-map is scaled to [0, 1] to look through it, as in `score-cam`.
    pub normalise: MaskScaling,
    /// For the passes under way together; changes no result.
    pub memory: MemoryBudget,
}

/// Which class a sub-map goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assign {
    /// The class of the highest confidence, the first on a tie.
    #[default]
    Confidence,
    /// The target, whatever is seen through it.
    Target,
}

/// How the sub-maps of a class become one map. Each is scaled to [0, 1] first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubMapJoin {
    /// `sum c_j H_j`, c being the confidence in the class.
    #[default]
    WeightedSum,
    /// `max c_j H_j`, pixel by pixel.
    Max,
    /// `max H_j`, pixel by pixel: side by side, whatever the confidence.
    Union,
}

/// What is judged when no sub-map goes to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// All sub-maps, each by the confidence in the target.
    #[default]
    Confidence,
    /// The class map as it was before it was divided.
    Stack,
}

/// The map of a class, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// On the sub-maps' grid, at least 0.
    pub map: Map,
    /// The class of every sub-map; none without a confidence.
    pub assigned: Vec<Option<usize>>,
    /// Its place by falling confidence in its class, from 1.
    pub ranks: Vec<Option<usize>>,
    /// Which sub-maps are in the map.
    pub joined: Vec<bool>,
    /// Whether no sub-map went to the class, so that [`Merge::otherwise`] applied.
    pub fell_back: bool,
}

impl Merge {
    /// Whatever numbers depend on.
    pub fn numbers(&self) -> Self {
        Self { memory: MemoryBudget::default(), ..self.clone() }
    }

    /// The map of class `target` from an image's sub-maps and the confidences of each.
    pub fn apply(&self, divided: &Divided, confidences: &[Option<Vec<f64>>], target: usize) -> Merged {
        let class = |all: &Vec<f64>| match self.assign {
            Assign::Target => target,
            Assign::Confidence => most(all),
        };
        let assigned: Vec<Option<usize>> =
            confidences.iter().map(|confidences| confidences.as_ref().map(class)).collect();
        let confidence = |at: usize, class: usize| -> f64 {
            confidences[at].as_ref().and_then(|all| all.get(class)).copied().unwrap_or(0.0)
        };
        let mut order: Vec<(usize, f64)> = assigned
            .iter()
            .enumerate()
            .filter_map(|(at, class)| class.map(|class| (at, confidence(at, class))))
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut ranks = vec![None; divided.count];
        order.iter().enumerate().for_each(|(rank, (at, _))| ranks[*at] = Some(rank + 1));
        let mut joined: Vec<bool> = assigned.iter().map(|class| *class == Some(target)).collect();
        let fell_back = !joined.contains(&true);
        if fell_back {
            joined = assigned
                .iter()
                .map(|class| class.is_some() && self.otherwise == Otherwise::Confidence)
                .collect();
        }
        let map = match fell_back && self.otherwise == Otherwise::Stack {
            true => whole(divided),
            false => {
                let members = (0..divided.count).filter(|at| joined[*at]);
                self.join(divided, members.map(|at| (at, confidence(at, target))))
            }
        };
        Merged { map, assigned, ranks, joined, fell_back }
    }

    fn join(&self, divided: &Divided, members: impl Iterator<Item = (usize, f64)>) -> Map {
        let mut joined = vec![0.0f64; divided.height * divided.width];
        for (at, confidence) in members {
            let scaled = min_max(&divided.map(at));
            for (joined, value) in joined.iter_mut().zip(scaled.data) {
                let value = f64::from(value);
                match self.join {
                    SubMapJoin::WeightedSum => *joined += confidence * value,
                    SubMapJoin::Max => *joined = joined.max(confidence * value),
                    SubMapJoin::Union => *joined = joined.max(value),
                }
            }
        }
        Map::new(divided.height, divided.width, joined.into_iter().map(|value| value as f32).collect())
    }
}

/// The class map again: the sum of its sub-maps.
fn whole(divided: &Divided) -> Map {
    let pixels = divided.energies.chunks_exact(divided.count.max(1));
    let data = pixels.map(|row| row.iter().map(|value| f64::from(*value)).sum::<f64>() as f32).collect();
    Map::new(divided.height, divided.width, data)
}

/// The class of the highest number, the first on a tie.
fn most(values: &[f64]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}
