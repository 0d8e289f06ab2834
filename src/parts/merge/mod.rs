//! Merging (step A11 of the source article): every sub-map is assigned to the class that the network predicts for the
//! image masked by it, and the sub-maps of a class are joined into the class's final map.
//!
//! The article normalises the sub-maps, computes the confidence of every class in an image, sorts the maps by it and joins
//! those of one class. Here a class's confidence in an image is the largest of its sub-maps, so that the order of the
//! classes is the order in which they first appear among the sub-maps sorted by confidence, and does not grow with the
//! number of clusters that a class is spread over, as a sum would.

mod confidence;
mod divide;
mod final_map;

pub use confidence::confidences;
pub use divide::{Divided, DivisionState};
pub use final_map::{FinalMap, Merged};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cam::{MaskScaling, MemoryBudget};
use camlab_raster::{Map, min_max};
use final_map::Joining;

/// Options of `merge`, which joins sub-maps into one map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Merge {
    /// Rule that assigns a sub-map to a class.
    pub assign: Assign,
    /// Rule that joins the sub-maps of a class into one map.
    pub join: SubMapJoin,
    /// Range by which sub-maps are scaled to [0, 1] before they are joined.
    pub scale: SubMapScale,
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

/// Rule that joins the sub-maps of a class into one map. They are scaled to [0, 1] first, see [`SubMapScale`].
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

/// Range by which sub-maps are scaled to [0, 1] before they are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubMapScale {
    /// Each by its own range, as the source article has it: a sub-map of little energy becomes as hot as any other.
    #[default]
    SubMap,
    /// All by the largest energy in the image, so that their proportions stay.
    Image,
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

impl Merge {
    /// Options that determine the result, for cache keys: `memory` is reset to its default.
    pub fn numbers(&self) -> Self {
        Self { memory: MemoryBudget::default(), ..self.clone() }
    }

    /// Final maps of an image's classes, that of class `target` among them, from its sub-maps and the class confidences
    /// of each.
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
        let own: Vec<(usize, usize)> =
            assigned.iter().enumerate().filter_map(|(at, class)| Some((at, (*class)?))).collect();
        let mut order: Vec<(usize, f64)> =
            own.iter().map(|(at, class)| (*at, confidence(*at, *class))).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut ranks = vec![None; divided.count];
        order.iter().enumerate().for_each(|(rank, (at, _))| ranks[*at] = Some(rank + 1));

        let grid = [divided.height, divided.width];
        let fell_back = !own.iter().any(|(_, class)| *class == target);
        let mut joining = Joining::new(self.join, divided.height * divided.width);
        let largest = divided.energies.iter().copied().fold(0.0f32, f32::max);
        for (at, class) in &own {
            let energies = divided.map(*at);
            let scaled = match self.scale {
                SubMapScale::SubMap => min_max(&energies),
                SubMapScale::Image => scaled_by(energies, largest),
            };
            joining.add(*class, *at, &scaled, confidence(*at, *class));
            if fell_back {
                joining.add(target, *at, &scaled, confidence(*at, target));
            }
        }
        let mut ranked = joining.ranked();
        ranked.retain(|class| *class != target || !fell_back);
        let mut finish = |class: usize| {
            let rank = ranked.iter().position(|known| *known == class);
            joining.take(class).finish(class, grid, rank.map(|rank| rank + 1))
        };
        let others = ranked.iter().filter(|class| **class != target).map(|class| finish(*class)).collect();
        let mut target = finish(target);
        if fell_back && self.otherwise == Otherwise::Stack {
            target = FinalMap { map: whole(divided), joined: Vec::new(), ..target };
        }
        Merged { target, others, assigned, ranks }
    }
}

/// A sub-map, whose least energy is 0, divided by the largest energy of its image.
fn scaled_by(mut energies: Map, largest: f32) -> Map {
    if largest > 0.0 {
        energies.data.iter_mut().for_each(|value| *value /= largest);
    }
    energies
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
