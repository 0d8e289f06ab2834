use std::collections::BTreeMap;

use super::SubMapJoin;
use camlab_raster::Map;

/// Final map of a class in an image: the sub-maps of the class joined into one.
#[derive(Debug, Clone, PartialEq)]
pub struct FinalMap {
    /// The class.
    pub class: usize,
    /// On the sub-maps' grid, at least 0.
    pub map: Map,
    /// The image's confidence in the class, 0 to 1: the largest of the sub-maps assigned to it. For a class without one,
    /// the largest of all sub-maps; `None` if no sub-map has a confidence.
    pub confidence: Option<f64>,
    /// Rank by descending confidence among the classes that sub-maps were assigned to, from 1; the lower class first on
    /// a tie. `None` for a class without a sub-map of its own.
    pub rank: Option<usize>,
    /// The sub-maps that are part of the map, ascending.
    pub joined: Vec<usize>,
}

/// The final maps of an image's classes, and the assignments they result from.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The target class; without a sub-map of its own, its map follows [`super::Merge::otherwise`].
    pub target: FinalMap,
    /// Every other class that a sub-map was assigned to, by rank.
    pub others: Vec<FinalMap>,
    /// Class of every sub-map; `None` without a confidence.
    pub assigned: Vec<Option<usize>>,
    /// Rank of every sub-map by descending confidence in its class, from 1.
    pub ranks: Vec<Option<usize>>,
}

impl Merged {
    /// `true` if no sub-map was assigned to the target class, so that [`super::Merge::otherwise`] applied.
    pub fn fell_back(&self) -> bool {
        self.target.rank.is_none()
    }

    /// All maps by rank; the target class's is the last if it has none.
    pub fn by_rank(&self) -> Vec<&FinalMap> {
        let mut maps: Vec<&FinalMap> = self.others.iter().chain([&self.target]).collect();
        maps.sort_by_key(|map| map.rank.unwrap_or(usize::MAX));
        maps
    }
}

/// Maps of several classes while sub-maps are added to them, each read once.
#[derive(Debug)]
pub(super) struct Joining {
    rule: SubMapJoin,
    pixels: usize,
    classes: BTreeMap<usize, Summed>,
}

/// One of these maps.
#[derive(Debug)]
pub(super) struct Summed {
    /// Values of the pixels so far.
    pub values: Vec<f64>,
    /// Largest confidence so far.
    pub confidence: Option<f64>,
    /// The sub-maps.
    pub members: Vec<usize>,
}

impl Joining {
    /// No map yet.
    pub fn new(rule: SubMapJoin, pixels: usize) -> Self {
        Self { rule, pixels, classes: BTreeMap::new() }
    }

    /// Adds sub-map number `at`, scaled to [0, 1], to the map of a class.
    pub fn add(&mut self, class: usize, at: usize, scaled: &Map, confidence: f64) {
        let Self { rule, pixels, .. } = *self;
        let summed = self.classes.entry(class).or_insert_with(|| Summed::new(pixels));
        summed.members.push(at);
        let most = summed.confidence.filter(|most| most.total_cmp(&confidence).is_ge());
        summed.confidence = Some(most.unwrap_or(confidence));
        for (sum, value) in summed.values.iter_mut().zip(&scaled.data) {
            let value = f64::from(*value);
            match rule {
                SubMapJoin::WeightedSum => *sum += confidence * value,
                SubMapJoin::Max => *sum = sum.max(confidence * value),
                SubMapJoin::Union => *sum = sum.max(value),
            }
        }
    }

    /// Takes out the map of a class; 0 everywhere without a sub-map.
    pub fn take(&mut self, class: usize) -> Summed {
        let pixels = self.pixels;
        self.classes.remove(&class).unwrap_or_else(|| Summed::new(pixels))
    }

    /// The classes by descending confidence, the lower class first on a tie.
    pub fn ranked(&self) -> Vec<usize> {
        let mut ranked: Vec<(usize, f64)> = self
            .classes
            .iter()
            .map(|(class, summed)| (*class, summed.confidence.unwrap_or(f64::NEG_INFINITY)))
            .collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranked.into_iter().map(|(class, _)| class).collect()
    }
}

impl Summed {
    fn new(pixels: usize) -> Self {
        Self { values: vec![0.0; pixels], confidence: None, members: Vec::new() }
    }

    /// The final map of a class.
    pub fn finish(self, class: usize, [height, width]: [usize; 2], rank: Option<usize>) -> FinalMap {
        let Self { values, confidence, members } = self;
        let map = Map::new(height, width, values.into_iter().map(|value| value as f32).collect());
        FinalMap { class, map, confidence, rank, joined: members }
    }
}
