//! Where the semi-supervised clusterings know labels.

use serde::{Deserialize, Serialize};

/// Which pixels stand for their image's label: of some images, those where the class map of the stack is highest; and
/// those where it is lowest, for the background. Nothing but image labels is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Labelled {
    /// The share of the images whose labels are known, drawn by the seed, at least one image per class.
    pub images: f64,
    /// The share of such an image's pixels that stand for its label.
    pub object: f64,
    /// The share of its pixels that stand for the background; 0 makes no cluster of the background.
    pub background: f64,
}

impl Default for Labelled {
    fn default() -> Self {
        Self { images: 0.1, object: 0.1, background: 0.3 }
    }
}

impl Labelled {
    /// What is wrong with the shares, if anything.
    pub fn check(&self) -> Result<(), String> {
        for (name, value) in [("images", self.images), ("object", self.object)] {
            if value.is_nan() || value <= 0.0 || value > 1.0 {
                return Err(format!(
                    "labelled.{name} = {value} is no share; write more than 0 and at most 1"
                ));
            }
        }
        if !(0.0..1.0).contains(&self.background) || self.object + self.background > 1.0 {
            return Err(format!(
                "labelled.background = {} does not go with labelled.object = {}: together they are at most 1",
                self.background, self.object
            ));
        }
        Ok(())
    }

    /// The pixels of an image that stand for its label, and those that stand for the background, by its class map.
    pub fn choose(&self, map: &[f32]) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..map.len()).collect();
        order.sort_by(|a, b| map[*b].total_cmp(&map[*a]).then(a.cmp(b)));
        let share = |share: f64| (share * map.len() as f64).round() as usize;
        let object = share(self.object).clamp(1, map.len().max(1)).min(map.len());
        let background = share(self.background).min(map.len() - object);
        (order[..object].to_vec(), order[map.len() - background..].to_vec())
    }
}

/// The clusters that seeds name, each with the places of its seeds among the points; clusters are numbered as their
/// labels are, and those without a seed do not count.
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
        let labelled = Labelled { images: 1.0, object: 0.2, background: 0.4 };
        let (object, background) = labelled.choose(&[0.1, 0.9, 0.3, 0.0, 0.5]);
        assert_eq!((object, background), (vec![1], vec![0, 3]));
    }
}
