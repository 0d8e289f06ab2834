//! Estimates of the best point's objective on images that did not choose it.

use camlab_base::{Resamples, quantile};
use camlab_frame::{EstimateKind, SearchEstimateRow};
use camlab_plan::Search;

use super::objective::ObjectiveSample;

/// Number of resamples of the images.
const RESAMPLES: usize = 500;
/// Number of divisions of the images into halves.
const DIVISIONS: usize = 200;
/// Fewest images for an interval.
const FEWEST: usize = 2;

/// The objective of the best trial on the images that chose it, and its value corrected for the choice.
///
/// The images are divided into random halves. The trial that is best on one half looks better there than on the other by
/// what its choice, and that of a threshold, owe to chance; the mean of this difference over the divisions, both ways, is the
/// optimism. Both values are of equally many images, since metrics that choose a threshold are higher on fewer. The optimism
/// of a choice by all images is smaller than that by half of them, so that the correction is rather too large.
pub(super) fn selected(search: &Search, samples: &[&ObjectiveSample], best: usize) -> Vec<SearchEstimateRow> {
    let Some(sample) = samples.get(best) else { return Vec::new() };
    let split = search.split().name();
    let mut rows = Vec::from_iter(row(EstimateKind::Selected, split, sample));
    let images = sample.images;
    // Trials whose images could not all be read have other images: they cannot be compared image by image.
    let comparable: Vec<&ObjectiveSample> =
        samples.iter().copied().filter(|sample| sample.images == images).collect();
    let optimism = optimism(&comparable, search.higher_is_better, search.table.options.seed);
    rows.extend(optimism.zip(sample.value(None)).map(|(optimism, value)| SearchEstimateRow {
        kind: EstimateKind::Corrected,
        split: split.to_owned(),
        value: if search.higher_is_better { value - optimism } else { value + optimism },
        low: None,
        high: None,
        images: images as u32,
    }));
    rows
}

/// Mean difference of the best trial's value on a random half of the images and its value on the other half.
fn optimism(samples: &[&ObjectiveSample], higher_is_better: bool, seed: u64) -> Option<f64> {
    let images = samples.first()?.images;
    if images < FEWEST {
        return None;
    }
    let mut random = Resamples::new(images, seed, "search/halves");
    let mut order: Vec<usize> = (0..images).collect();
    let mut found = Vec::new();
    for _ in 0..DIVISIONS {
        for place in (1..images).rev() {
            order.swap(place, random.index(place + 1));
        }
        let mut halves = [vec![0; images], vec![0; images]];
        for (place, image) in order.iter().enumerate() {
            halves[place % 2][*image] = 1;
        }
        let [one, other] = &halves;
        found.extend(gain(samples, higher_is_better, one, other));
        found.extend(gain(samples, higher_is_better, other, one));
    }
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}

/// Value of the trial that is best on some images there, minus its value on others.
fn gain(
    samples: &[&ObjectiveSample],
    higher_is_better: bool,
    chosen_on: &[u32],
    others: &[u32],
) -> Option<f64> {
    let better = |a: f64, b: f64| if higher_is_better { a > b } else { a < b };
    let values = samples.iter().filter_map(|sample| Some((sample.value(Some(chosen_on))?, *sample)));
    let (value, sample) = values.reduce(|best, next| if better(next.0, best.0) { next } else { best })?;
    let gap = value - sample.value(Some(others))?;
    Some(if higher_is_better { gap } else { -gap })
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

#[cfg(test)]
mod tests {
    use super::*;
    use camlab_base::random::stream;
    use camlab_parts::metric::Estimator;
    use rand::RngExt as _;

    /// Mean over images of given numbers.
    struct Mean(Vec<f64>);

    impl Estimator for Mean {
        fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
            let sum: f64 = self.0.iter().zip(weights).map(|(value, times)| value * f64::from(*times)).sum();
            let count: u32 = weights.iter().sum();
            vec![(count > 0).then(|| sum / f64::from(count))]
        }

        fn counts(&self) -> Vec<usize> {
            vec![self.0.len()]
        }

        fn images(&self) -> Vec<Vec<Option<f64>>> {
            vec![self.0.iter().map(|value| Some(*value)).collect()]
        }
    }

    /// Simulation: of sixteen trials that do not differ, the best of 100 images looks better than it is by the expected
    /// maximum of sixteen means, 1.77 standard errors; the correction removes that, and no more than half as much again.
    #[test]
    fn the_correction_removes_what_chance_adds() {
        let (mut selected, mut corrected, rounds) = (0.0, 0.0, 60);
        for round in 0..rounds {
            let mut random = stream(round, "optimism");
            let trial = |_| {
                let values: Vec<f64> = (0..100).map(|_| random.random_range(-1.0..1.0)).collect();
                ObjectiveSample::of_estimators(vec![Box::new(Mean(values))], 100)
            };
            let samples: Vec<ObjectiveSample> = (0..16).map(trial).collect();
            let samples: Vec<&ObjectiveSample> = samples.iter().collect();
            let best =
                samples.iter().filter_map(|sample| sample.value(None)).fold(f64::NEG_INFINITY, f64::max);
            selected += best / rounds as f64;
            corrected += (best - optimism(&samples, true, 0).expect("an optimism")) / rounds as f64;
        }
        // Uniform on [-1, 1): deviation 0.577, standard error 0.0577 over 100 images.
        let bias = 1.77 * 0.0577;
        assert!((selected - bias).abs() < 0.02, "{selected}, expected {bias}");
        assert!(corrected < 0.3 * bias && corrected > -0.7 * bias, "{corrected} of {bias}");
    }
}
