use std::sync::OnceLock;

use camlab_raster::boxes::LEVELS;

/// For one IoU, the levels at which each image's box is correct: the input of all box metrics.
///
/// Kept are the levels at which an image changes between correct and not: a few bytes per image instead of one for each
/// of the [`LEVELS`] levels. In the order of the levels the changes add up to the number of hits, so that the best
/// level under any weights takes one addition per change.
#[derive(Debug, Clone, Default)]
pub(super) struct Hits {
    /// Indices of the images with ground-truth boxes.
    images: Vec<u32>,
    /// For each image with boxes the end of its changes in `changes`.
    ends: Vec<usize>,
    /// Levels from which an image is correct, then not, then correct again and so on, ascending.
    changes: Vec<u8>,
    /// Number of images, with or without boxes.
    all: usize,
    /// All changes by level; made when they are first asked for.
    ordered: OnceLock<Vec<Change>>,
}

/// An image becomes correct at a level, or ceases to be.
#[derive(Debug, Clone, Copy)]
struct Change {
    level: u8,
    rises: bool,
    image: u32,
}

/// The level with the most weighted hits, the smallest one if tied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BestLevel {
    pub(super) level: usize,
    hits: u64,
    total: u64,
}

impl BestLevel {
    /// Accuracy in percent.
    pub(super) fn accuracy(self) -> f64 {
        100.0 * self.hits as f64 / self.total as f64
    }
}

/// The levels at which one image is correct.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImageHits<'a>(&'a [u8]);

impl ImageHits<'_> {
    /// `true` if the box is correct at a level.
    pub(super) fn at(self, level: usize) -> bool {
        self.0.partition_point(|change| usize::from(*change) <= level) % 2 == 1
    }
}

impl Hits {
    /// No box of `all` images.
    pub(super) fn none(all: usize) -> Self {
        Self { all, ..Self::default() }
    }

    /// Adds an image with its IoU at every level; an image without boxes has none. A hit is an IoU of at least
    /// `delta`, compared in `f32`, the type of the stored IoUs.
    pub(super) fn push(&mut self, iou: &[f32], delta: f64) {
        self.ordered.take();
        if iou.len() == LEVELS {
            let mut hit = false;
            for (level, iou) in iou.iter().enumerate() {
                if (*iou >= delta as f32) != hit {
                    hit = !hit;
                    self.changes.push(level as u8);
                }
            }
            self.images.push(self.all as u32);
            self.ends.push(self.changes.len());
        }
        self.all += 1;
    }

    /// Number of images with boxes.
    pub(super) fn count(&self) -> usize {
        self.images.len()
    }

    /// Indices of the images with boxes, and their hits.
    pub(super) fn by_image(&self) -> impl Iterator<Item = (usize, ImageHits<'_>)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends);
        self.images
            .iter()
            .zip(ranges)
            .map(|(image, (start, end))| (*image as usize, ImageHits(&self.changes[start..*end])))
    }

    /// For each image 100 if it is a hit at the level that is best over all images, else 0; `None` without boxes.
    pub(super) fn at_best(&self) -> Vec<Option<f64>> {
        match self.best(&vec![1; self.all]) {
            Some(best) => self.at_level(best.level),
            None => vec![None; self.all],
        }
    }

    /// For each image 100 if it is a hit at `level`, else 0; `None` without boxes.
    pub(super) fn at_level(&self, level: usize) -> Vec<Option<f64>> {
        let mut found = vec![None; self.all];
        for (image, hits) in self.by_image() {
            found[image] = Some(if hits.at(level) { 100.0 } else { 0.0 });
        }
        found
    }

    /// The changes of all images by level.
    fn ordered(&self) -> &[Change] {
        self.ordered.get_or_init(|| {
            let of_image = |(image, ImageHits(changes)): (usize, ImageHits<'_>)| {
                let change = move |(at, level): (usize, &u8)| Change {
                    level: *level,
                    rises: at % 2 == 0,
                    image: image as u32,
                };
                changes.iter().enumerate().map(change).collect::<Vec<_>>()
            };
            let mut changes: Vec<Change> = self.by_image().flat_map(of_image).collect();
            changes.sort_by_key(|change| change.level);
            changes
        })
    }

    /// Calls `take` with every level at which the number of weighted hits changes, ascending, and that number.
    fn for_each_level(&self, weights: &[u32], mut take: impl FnMut(usize, u64)) {
        let mut hits = 0u64;
        for changes in self.ordered().chunk_by(|a, b| a.level == b.level) {
            let (mut more, mut fewer) = (0u64, 0u64);
            for change in changes {
                let weight = u64::from(weights[change.image as usize]);
                let sum = if change.rises { &mut more } else { &mut fewer };
                *sum += weight;
            }
            hits = hits + more - fewer;
            take(usize::from(changes[0].level), hits);
        }
    }

    fn total(&self, weights: &[u32]) -> u64 {
        self.images.iter().map(|image| u64::from(weights[*image as usize])).sum()
    }

    /// The best level when image `i` counts `weights[i]` times; `None` if no image with boxes counts.
    pub(super) fn best(&self, weights: &[u32]) -> Option<BestLevel> {
        let mut best = BestLevel { level: 0, hits: 0, total: self.total(weights) };
        self.for_each_level(weights, |level, hits| {
            if hits > best.hits {
                (best.level, best.hits) = (level, hits);
            }
        });
        (best.total > 0).then_some(best)
    }

    /// Accuracy in percent at every level, all images counting once; empty if no image has boxes.
    pub(super) fn accuracies(&self) -> Vec<f64> {
        if self.images.is_empty() {
            return Vec::new();
        }
        let mut row = vec![0.0; LEVELS];
        self.accuracies_into(&vec![1; self.all], &mut row);
        row
    }

    /// Writes the accuracy in percent at every level when image `i` counts `weights[i]` times; `false` if no image with
    /// boxes counts.
    pub(super) fn accuracies_into(&self, weights: &[u32], row: &mut [f64]) -> bool {
        let total = self.total(weights);
        let scale = 100.0 / total.max(1) as f64;
        let (mut from, mut accuracy) = (0, 0.0);
        self.for_each_level(weights, |level, hits| {
            row[from..level].fill(accuracy);
            (from, accuracy) = (level, scale * hits as f64);
        });
        row[from..].fill(accuracy);
        total > 0
    }
}

impl PartialEq for Hits {
    fn eq(&self, other: &Self) -> bool {
        let parts = |hits: &Self| (hits.images.clone(), hits.ends.clone(), hits.changes.clone(), hits.all);
        parts(self) == parts(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against counting each level by itself.
    #[test]
    fn the_best_level_has_the_most_hits() {
        let iou = |image: usize| -> Vec<f32> {
            (0..LEVELS).map(|level| ((level * (image + 3) / 7) % 11) as f32 / 10.0).collect()
        };
        let mut hits = Hits::default();
        for image in 0..9 {
            let iou = if image == 4 { Vec::new() } else { iou(image) };
            hits.push(&iou, 0.5);
        }
        assert_eq!((hits.count(), hits.all), (8, 9));
        let weights = [3, 0, 1, 70_000, 9, 2, 1, 1, 5];
        let right = |image: usize, level: usize| image != 4 && iou(image)[level] >= 0.5;
        let count = |level: usize| -> u64 {
            (0..9).filter(|image| right(*image, level)).map(|image| u64::from(weights[image])).sum()
        };
        let most = (0..LEVELS).map(count).max().expect("levels");
        let first = (0..LEVELS).find(|level| count(*level) == most).expect("a best level");
        let total = weights.iter().sum::<u32>() - weights[4];
        let best = BestLevel { level: first, hits: most, total: u64::from(total) };
        assert_eq!(hits.best(&weights), Some(best));
        assert_eq!(hits.best(&[0; 9]), None);
        for (level, accuracy) in hits.accuracies().into_iter().enumerate() {
            let expected = (0..9).filter(|image| right(*image, level)).count();
            assert_eq!(accuracy, 100.0 * expected as f64 / 8.0, "level {level}");
            for (image, hits) in hits.by_image() {
                assert_eq!(hits.at(level), right(image, level));
            }
        }
    }
}
