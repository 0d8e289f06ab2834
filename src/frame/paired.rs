//! Paired comparison of two methods on the same images, by a bootstrap over images with a fixed random seed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use camlab_base::{Resamples, quantile};

use super::{CellSet, FrameError, FrameReader, ImageOutcome, UNCHANGED};

/// Number of resamples: many, because corrected intervals use extreme quantiles, and corrected p values go down to 2e-4;
/// fewer for many images, where each costs more.
pub(super) fn resample_count(images: usize) -> usize {
    (20_000_000 / images.max(1)).clamp(2_000, 10_000)
}

/// Rounding error of sums of percentages.
const ROUNDING: f64 = 1e-9;
/// Number of images below which a bootstrap interval is too narrow to be reliable.
pub const FEW_IMAGES: usize = 30;

/// The mean difference of two methods over the images that both have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Mean of first minus second, percentage points of box accuracy averaged over the IoU thresholds.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Number of images that both have.
    pub images: usize,
}

impl Difference {
    /// `true` if there are enough images for a reliable interval, see [`FEW_IMAGES`].
    pub fn is_enough(&self) -> bool {
        self.images >= FEW_IMAGES
    }

    /// `true` if there are enough images and the interval excludes 0 by more than the rounding error.
    pub fn is_clear(&self) -> bool {
        self.is_enough() && (self.low > ROUNDING || self.high < -ROUNDING)
    }
}

/// Score of every image of a map: share of IoU thresholds reached at the map thresholds chosen on the whole data set,
/// per cent, averaged over the added rows of the image. Its mean over images is MaxBoxAccV2 (Choe et al., 2020).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageScores(HashMap<Arc<str>, (f64, usize)>);

impl ImageScores {
    /// Adds a row; one without IoU thresholds has no score.
    pub fn add(&mut self, outcome: &ImageOutcome) {
        let deltas = outcome.iou_thresholds.len().min(outcome.ious.len());
        if deltas > 0 {
            let reached =
                outcome.ious.iter().zip(&outcome.iou_thresholds).filter(|(iou, delta)| iou >= delta);
            let (sum, count) = self.0.entry(Arc::clone(&outcome.image)).or_default();
            *sum += 100.0 * reached.count() as f64 / deltas as f64;
            *count += 1;
        }
    }

    /// The score of an image.
    pub fn get(&self, image: &str) -> Option<f64> {
        self.0.get(image).map(|(sum, count)| sum / *count as f64)
    }
}

/// A map's network, method and layer.
pub type MapName = [Arc<str>; 3];

/// The scores of every map of some cells, under no contrast: network, method and layer with its images, in order of
/// appearance.
///
/// # Errors
/// `images.parquet` is missing or damaged.
pub fn read_scores(dir: &Path, cells: &CellSet) -> Result<Vec<(MapName, ImageScores)>, FrameError> {
    let mut all: Vec<(MapName, ImageScores)> = Vec::new();
    let mut last = 0;
    for frame in FrameReader::report::<ImageOutcome>(dir)?.only(cells) {
        let rows: Vec<ImageOutcome> = frame?.rows()?;
        for row in rows.iter().filter(|row| &*row.contrast == UNCHANGED) {
            let same = |(known, _): &(MapName, _)| {
                (&known[0], &known[1], &known[2]) == (&row.network, &row.method, &row.layer)
            };
            if !all.get(last).is_some_and(same) {
                last = all.iter().position(same).unwrap_or_else(|| {
                    let name = [&row.network, &row.method, &row.layer].map(Arc::clone);
                    all.push((name, ImageScores::default()));
                    all.len() - 1
                });
            }
            all[last].1.add(row);
        }
    }
    Ok(all)
}

/// Mean of first minus second, with a percentile bootstrap interval over images of the given coverage (0 to 1).
/// `None` if no image is shared. Deterministic: the random seed is fixed.
pub fn difference(first: &ImageScores, second: &ImageScores, coverage: f64) -> Option<Difference> {
    let mut shared: Vec<(&str, f64)> =
        first.0.keys().filter_map(|image| Some((&**image, first.get(image)? - second.get(image)?))).collect();
    shared.sort_by(|a, b| a.0.cmp(b.0));
    let count = shared.len();
    let mean_of = |sum: f64| sum / count as f64;
    if count == 0 {
        return None;
    }
    let mut resamples = Resamples::new(count, 0, "paired");
    let mut means: Vec<f64> = (0..resample_count(count))
        .map(|_| {
            let drawn = shared.iter().zip(resamples.draw());
            mean_of(drawn.map(|((_, difference), times)| difference * f64::from(*times)).sum())
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let tail = (1.0 - coverage.clamp(0.0, 1.0)) / 2.0;
    Some(Difference {
        mean: mean_of(shared.iter().map(|(_, difference)| difference).sum()),
        low: quantile(&means, tail)?,
        high: quantile(&means, 1.0 - tail)?,
        images: count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(image: &str, seed: i64, ious: [f32; 2]) -> ImageOutcome {
        ImageOutcome {
            cell: "c".into(),
            seed,
            network: "n".into(),
            method: "m".into(),
            layer: "l".into(),
            contrast: "none".into(),
            image: image.into(),
            iou_thresholds: vec![0.3, 0.5],
            ious: ious.to_vec(),
        }
    }

    fn made<'a>(scores: impl Iterator<Item = (&'a str, f64)>) -> ImageScores {
        ImageScores(scores.map(|(image, score)| (image.into(), (score, 1))).collect())
    }

    #[test]
    fn a_score_is_the_share_of_thresholds_reached() {
        let rows =
            [outcome("a", 1, [0.4, 0.4]), outcome("a", 2, [0.5, 0.5]), outcome("b", 1, [0.1, f32::NAN])];
        let mut scores = ImageScores::default();
        rows.iter().for_each(|row| scores.add(row));
        assert_eq!((scores.get("a"), scores.get("b"), scores.get("c")), (Some(75.0), Some(0.0), None));
    }

    #[test]
    fn identical_methods_differ_by_nothing_and_a_constant_gap_has_no_width() {
        let of = |scores: [f64; 3]| made(["a", "b", "c"].into_iter().zip(scores));
        let (first, lower) = (of([10.0, 30.0, 50.0]), of([6.0, 26.0, 46.0]));
        let same = difference(&first, &first, 0.95).unwrap();
        assert_eq!((same.mean, same.low, same.high, same.is_clear()), (0.0, 0.0, 0.0, false));
        let gap = difference(&first, &lower, 0.95).unwrap();
        assert_eq!((gap.mean, gap.low, gap.high), (4.0, 4.0, 4.0));
        assert!(!gap.is_enough() && !gap.is_clear(), "three images cannot make a difference clear");
        assert!(difference(&first, &ImageScores::default(), 0.95).is_none());
    }

    #[test]
    fn a_rounding_residue_is_no_difference() {
        let found = |low, images| Difference { mean: 1.0, low, high: 2.0, images };
        assert!(!found(1e-15, 100).is_clear());
        assert!(found(0.1, 100).is_clear());
        assert!(!found(0.1, FEW_IMAGES - 1).is_clear());
    }

    #[test]
    fn the_interval_has_the_width_of_the_normal_approximation() {
        // 200 differences of +-1: standard error 1 / sqrt(200) = 0.0707, so 1.96 of them on each side.
        let names: Vec<String> = (0..200).map(|index| format!("{index:03}")).collect();
        let first = names.iter().enumerate().map(|(index, name)| (name.as_str(), (index % 2) as f64 * 2.0));
        let (first, second) = (made(first), made(names.iter().map(|name| (name.as_str(), 1.0))));
        let found = difference(&first, &second, 0.95).unwrap();
        assert_eq!(found.mean, 0.0);
        assert!((found.high - 0.1386).abs() < 0.02 && (found.low + 0.1386).abs() < 0.02, "{found:?}");
    }
}
