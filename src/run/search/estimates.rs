//! Estimates of the best point's objective on images that did not choose it.

use camlab_base::{Resamples, quantile};
use camlab_frame::{EstimateKind, SearchEstimateRow};
use camlab_plan::Search;

use super::objective::ObjectiveSample;

/// Number of resamples of the images.
const RESAMPLES: usize = 500;
/// Fewest images for an interval.
const FEWEST: usize = 2;

/// The objective of the best trial on the images that chose it, and its expected value on other images of the split: the
/// images are drawn with replacement, the trial that is best on the drawn ones is evaluated on those that were not drawn
/// (the selection with an out-of-bag estimate, as for .632 estimates of Efron and Tibshirani 1997), and the mean over the
/// draws is taken.
pub(super) fn selected(search: &Search, samples: &[&ObjectiveSample], best: usize) -> Vec<SearchEstimateRow> {
    let Some(sample) = samples.get(best) else { return Vec::new() };
    let split = search.split().name();
    let mut rows = Vec::from_iter(row(EstimateKind::Selected, split, sample));
    let images = sample.images;
    // Trials whose images could not all be read have other images: they cannot be compared image by image.
    let comparable: Vec<&&ObjectiveSample> =
        samples.iter().filter(|sample| sample.images == images).collect();
    if images < FEWEST {
        return rows;
    }
    let mut resamples = Resamples::new(images, search.table.options.seed, "search/out-of-bag");
    let mut found = Vec::new();
    for _ in 0..RESAMPLES {
        let drawn = resamples.draw().to_vec();
        let left: Vec<u32> = drawn.iter().map(|times| u32::from(*times == 0)).collect();
        let values = comparable.iter().filter_map(|sample| Some((sample.value(Some(&drawn))?, *sample)));
        let better = |a: f64, b: f64| if search.higher_is_better { a > b } else { a < b };
        let chosen = values.reduce(|best, next| if better(next.0, best.0) { next } else { best });
        found.extend(chosen.and_then(|(_, sample)| sample.value(Some(&left))));
    }
    found.sort_by(f64::total_cmp);
    if !found.is_empty() {
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        rows.push(SearchEstimateRow {
            kind: EstimateKind::OutOfBag,
            split: split.to_owned(),
            value: mean,
            low: None,
            high: None,
            images: images as u32,
        });
    }
    rows
}

/// The objective on some images with its bootstrap interval over them; `None` without a value.
pub(super) fn row(kind: EstimateKind, split: &str, sample: &ObjectiveSample) -> Option<SearchEstimateRow> {
    let value = sample.value(None)?;
    let mut interval = None;
    if sample.images >= FEWEST {
        let mut resamples = Resamples::new(sample.images, 0, "search/estimate");
        let mut found: Vec<f64> =
            (0..RESAMPLES).filter_map(|_| sample.value(Some(resamples.draw()))).collect();
        found.sort_by(f64::total_cmp);
        interval = quantile(&found, 0.025).zip(quantile(&found, 0.975));
    }
    Some(SearchEstimateRow {
        kind,
        split: split.to_owned(),
        value,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        images: sample.images as u32,
    })
}
