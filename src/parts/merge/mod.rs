//! Merging (step A11 of the source article): every sub-map is assigned to the class that the network predicts for the
//! image masked by it, and the sub-maps of a class are joined into one map.

mod confidence;
mod divide;

pub use confidence::confidences;
pub use divide::{Divided, DivisionState};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cam::{MaskScaling, MemoryBudget};
use camlab_raster::{Map, min_max};

/// Options of `merge`, which joins sub-maps into one map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Merge {
    /// Rule that assigns a sub-map to a class.
    pub assign: Assign,
    /// Rule that joins the sub-maps of a class into one map.
    pub join: SubMapJoin,
    /// Map to evaluate when no sub-map is assigned to the target class.
    pub otherwise: Otherwise,
    /// Point at which a sub-map is scaled to [0, 1] for use as a mask, as in `score-cam`.
    pub normalise: MaskScaling,
    /// Memory budget for the passes that run together; changes no result.
    pub memory: MemoryBudget,
}

/// Rule that assigns a sub-map to a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Assign {
    /// The class of the highest confidence, the first on a tie.
    #[default]
    Confidence,
    /// The target class, regardless of the confidences.
    Target,
}

/// Rule that joins the sub-maps of a class into one map. Each is scaled to [0, 1] first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubMapJoin {
    /// `sum c_j H_j`, with `c_j` the confidence in the class.
    #[default]
    WeightedSum,
    /// `max c_j H_j`, pixel by pixel.
    Max,
    /// `max H_j`, pixel by pixel, regardless of the confidences.
    Union,
}

/// Map to evaluate when no sub-map is assigned to the target class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// All sub-maps joined, each with its confidence in the target class.
    #[default]
    Confidence,
    /// The undivided class map of the stack.
    Stack,
}

/// Map of the target class, and the assignments it results from.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// On the sub-maps' grid, at least 0.
    pub map: Map,
    /// Class of every sub-map; `None` without a confidence.
    pub assigned: Vec<Option<usize>>,
    /// Rank of every sub-map by descending confidence in its class, from 1.
    pub ranks: Vec<Option<usize>>,
    /// `true` for each sub-map that is part of the map.
    pub joined: Vec<bool>,
    /// `true` if no sub-map was assigned to the target class, so that [`Merge::otherwise`] applied.
    pub fell_back: bool,
}

impl Merge {
    /// Options that determine the result, for cache keys: `memory` is reset to its default.
    pub fn numbers(&self) -> Self {
        Self { memory: MemoryBudget::default(), ..self.clone() }
    }

    /// Map of class `target` from an image's sub-maps and the class confidences of each.
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

/// The undivided class map, minus its minimum: the sum of its sub-maps.
fn whole(divided: &Divided) -> Map {
    let pixels = divided.energies.chunks_exact(divided.count.max(1));
    let data = pixels.map(|row| row.iter().map(|value| f64::from(*value)).sum::<f64>() as f32).collect();
    Map::new(divided.height, divided.width, data)
}

/// Index of the largest number, the first on a tie.
fn most(values: &[f64]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}
