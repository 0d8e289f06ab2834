use std::collections::BTreeMap;
use std::sync::Arc;

use super::{BoxHits, ChosenLevels, ImageLists, ThresholdSource};
use camlab_raster::Rate;

/// Per-image results of one network, method and layer, column by column.
///
/// Row `i` of every column belongs to the same image. A column may be empty; then no image counts for the metrics
/// that need it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageColumns {
    /// Levels at which the boxes are correct; made for the same metrics ([`BoxHits::of`]).
    pub boxes: BoxHits,
    /// Rank of the true class among the class scores, 0 first, other classes that the image shows left out; `None` without a network or a label.
    pub label_rank: Vec<Option<u32>>,
    /// Probability of the true class, in `[0, 1]`; `None` without a network or a label.
    pub label_probability: Vec<Option<f32>>,
    /// [`camlab_raster::roc_auc`] of the map, in `[0, 1]`.
    pub auc: Vec<Option<f32>>,
    /// [`camlab_raster::kl_divergence`] of the map, in nats.
    pub kl: Vec<Option<f32>>,
    /// [`camlab_raster::rates`] of the map at the thresholds of [`super::rate_thresholds`].
    pub rates: Vec<Vec<Rate>>,
    /// True class of each image.
    pub labels: Vec<usize>,
    /// Number of the image of each row, where images with several labels have one row per class that they show, one after
    /// the other; empty: every row is an image.
    pub images: Vec<u32>,
    /// Probability of every class; empty if no metric needs it.
    pub class_probabilities: Vec<Arc<[f32]>>,
    /// Map thresholds that other images chose; none if there are no such images.
    pub chosen: Vec<(ThresholdSource, ChosenLevels)>,
    /// Numbers that metrics measure themselves ([`super::Measurement`]), by column.
    pub quantities: BTreeMap<String, Vec<Option<f64>>>,
    /// Lists of numbers that metrics measure themselves, by column; empty where they are not defined.
    pub lists: BTreeMap<String, ImageLists>,
}

impl ImageColumns {
    /// Number of images.
    pub fn len(&self) -> usize {
        [
            self.boxes.len(),
            self.label_rank.len(),
            self.label_probability.len(),
            self.auc.len(),
            self.kl.len(),
            self.rates.len(),
            self.class_probabilities.len(),
        ]
        .into_iter()
        .chain(self.quantities.values().map(Vec::len))
        .chain(self.lists.values().map(|lists| lists.len()))
        .fold(0, usize::max)
    }

    /// For each image its first row and its classes; every row by itself where [`Self::images`] is empty.
    pub(super) fn label_sets(&self) -> Vec<(usize, Vec<usize>)> {
        let mut sets: Vec<(usize, Vec<usize>)> = Vec::with_capacity(self.labels.len());
        for (row, label) in self.labels.iter().enumerate() {
            let same =
                |other: usize| self.images.get(other).zip(self.images.get(row)).is_some_and(|(a, b)| a == b);
            match sets.last_mut() {
                Some((first, labels)) if same(*first) => labels.push(*label),
                _ => sets.push((row, vec![*label])),
            }
        }
        sets
    }

    /// For each row the place of its image among the images, from 0, and their number; `None` where every row is an image.
    pub(super) fn clusters(&self) -> Option<(Vec<usize>, usize)> {
        let mut places: Vec<usize> = Vec::with_capacity(self.images.len());
        let mut count = 0;
        for (row, image) in self.images.iter().enumerate() {
            if row == 0 || self.images[row - 1] != *image {
                count += 1;
            }
            places.push(count - 1);
        }
        (count < places.len()).then_some((places, count))
    }

    /// True without images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers in a column of a [`super::Measurement`], image by image; none if they were not measured.
    pub(super) fn quantity(&self, column: &str) -> impl Iterator<Item = Option<f64>> {
        self.quantities.get(column).into_iter().flatten().copied()
    }

    /// The lists in a column of a [`super::Measurement`], image by image; none if they were not measured.
    pub(super) fn list(&self, column: &str) -> ImageLists {
        self.lists.get(column).cloned().unwrap_or_default()
    }

    /// `Some(true)` if the true class of image `row` is among the first `k`; `None` if its rank is unknown.
    pub(super) fn in_top(&self, row: usize, k: u32) -> Option<bool> {
        self.label_rank.get(row).copied().flatten().map(|rank| rank < k)
    }
}
