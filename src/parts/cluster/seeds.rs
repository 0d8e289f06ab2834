//! Pixels with known labels, for the semi-supervised clusterings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Selection of seed pixels: in a few training or validation images, the pixels with the highest values of the stack's
/// class map for the image's label stand for that label, those with the lowest for the background. Only labels of
/// images are read, never those of test images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Labelled {
    /// Split that the labelled images are taken from.
    pub split: LabelledSplit,
    /// Number of labelled images of each class, drawn at random; all images of a class that has fewer.
    pub images: usize,
    /// Seed of that draw only, so that every seed of the experiment has the same labelled images.
    pub seed: u64,
    /// Fraction of such an image's pixels that stand for its label.
    pub object: f64,
    /// Fraction of its pixels that stand for the background; 0 makes no background cluster.
    pub background: f64,
}

/// Split of the labelled images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LabelledSplit {
    /// `data.train`.
    #[default]
    Train,
    /// `data.val`.
    Val,
}

impl LabelledSplit {
    /// Key of the data set.
    pub fn key(self) -> &'static str {
        match self {
            Self::Train => "data.train",
            Self::Val => "data.val",
        }
    }
}

impl Default for Labelled {
    fn default() -> Self {
        Self { split: LabelledSplit::default(), images: 2, seed: 0, object: 0.1, background: 0.3 }
    }
}

impl Labelled {
    /// Checks the numbers; the error describes the first invalid one.
    pub fn check(&self) -> Result<(), String> {
        if self.images == 0 {
            return Err(
                "`labelled.images` = 0 is out of range; use 1 labelled image per class or more".into()
            );
        }
        if self.object.is_nan() || self.object <= 0.0 || self.object > 1.0 {
            return Err(format!(
                "`labelled.object` = {} is out of range; use a fraction above 0 and at most 1",
                self.object
            ));
        }
        if !(0.0..1.0).contains(&self.background) || self.object + self.background > 1.0 {
            return Err(format!(
                "`labelled.background` = {} and `labelled.object` = {} are out of range; use fractions with a sum of at most 1",
                self.background, self.object
            ));
        }
        Ok(())
    }

    /// Indices of an image's pixels that stand for its label, and of those that stand for the background, from its
    /// class map.
    pub fn choose(&self, map: &[f32]) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..map.len()).collect();
        order.sort_by(|a, b| map[*b].total_cmp(&map[*a]).then(a.cmp(b)));
        let share = |share: f64| (share * map.len() as f64).round() as usize;
        let object = share(self.object).clamp(1, map.len().max(1)).min(map.len());
        let background = share(self.background).min(map.len() - object);
        (order[..object].to_vec(), order[map.len() - background..].to_vec())
    }
}

/// Labels among the seeds, ascending, each with the indices of its points. Clusters are numbered in this order;
/// labels without a seed are left out.
pub(super) fn groups(seeds: &[Option<u32>]) -> Vec<(u32, Vec<usize>)> {
    let mut found = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    for (at, seed) in seeds.iter().enumerate() {
        if let Some(label) = seed {
            found.entry(*label).or_default().push(at);
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::Labelled;

    #[test]
    fn the_highest_pixels_are_the_object() {
        let labelled = Labelled { object: 0.2, background: 0.4, ..Labelled::default() };
        let (object, background) = labelled.choose(&[0.1, 0.9, 0.3, 0.0, 0.5]);
        assert_eq!((object, background), (vec![1], vec![0, 3]));
    }
}
