//! Tests of the random augmentations in training.

use std::sync::Arc;

use super::mix::disturb;
use super::{CutMixOptions, HideAndSeekOptions, LabelledBatch, Mixed, TrainingMethod, TrainingOptions};
use crate::Images;

/// The value of every pixel is the number of its image: 1, 2, ...
fn batch(count: usize, height: usize, width: usize) -> LabelledBatch {
    let pixels = (0..count).flat_map(|image| vec![image as f32 + 1.0; 3 * height * width]);
    LabelledBatch::new(
        Images { pixels: Arc::new(pixels.collect()), count, height, width },
        (10..10 + count).collect(),
    )
}

fn disturbed(before: &LabelledBatch, options: &TrainingOptions, name: &str) -> LabelledBatch {
    let mut after = before.clone();
    disturb(&mut after, options, 3, name);
    let mut again = before.clone();
    disturb(&mut again, options, 3, name);
    assert_eq!(after.images.pixels, again.images.pixels);
    after
}

fn cutmix(alpha: f64, probability: f64) -> TrainingOptions {
    let method = TrainingMethod::CutMix(CutMixOptions { alpha, probability });
    TrainingOptions { method, ..Default::default() }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
}

#[test]
fn plain_training_leaves_a_batch_alone() {
    let before = batch(3, 4, 5);
    let after = disturbed(&before, &TrainingOptions::default(), "1/1");
    assert_eq!((&after.images.pixels, after.mixed), (&before.images.pixels, None));
}

#[test]
fn mixup_is_the_weighted_mean_of_two_images_and_its_share_follows_a_beta_law() {
    let before = batch(5, 2, 2);
    let mut shares = Vec::new();
    for step in 0..4000 {
        let options = TrainingOptions { mixup: 0.4, ..Default::default() };
        let after = disturbed(&before, &options, &format!("1/{step}"));
        let Mixed { labels, share } = after.mixed.expect("a mixed batch");
        for (image, pixels) in after.images.pixels.chunks_exact(12).enumerate() {
            let (own, other) = (image as f64 + 1.0, labels[image] as f64 - 9.0);
            let wanted = share * own + (1.0 - share) * other;
            assert!(pixels.iter().all(|pixel| (f64::from(*pixel) - wanted).abs() < 1e-5));
        }
        let mut partners = labels.clone();
        partners.sort();
        assert_eq!((partners, &after.labels), ((10..15).collect(), &before.labels));
        shares.push(share);
    }
    let (mean, deviation) = mean_and_deviation(&shares);
    // Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)); four standard errors.
    let wanted = (0.25f64 / 1.8).sqrt();
    assert!((mean - 0.5).abs() < 4.0 * wanted / 4000f64.sqrt(), "{mean}");
    assert!((deviation - wanted).abs() < 0.02, "{deviation} for {wanted}");
}

#[test]
fn cutmix_shows_a_rectangle_of_another_image_and_shares_labels_by_its_area() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../fixtures/golden/training/cutmix.json"))
            .expect("a golden file");
    for case in golden.as_array().expect("cases") {
        let number = |value: &serde_json::Value| value.as_f64().expect("a number");
        let (height, width) = (number(&case["size"][0]) as usize, number(&case["size"][1]) as usize);
        let before = batch(2, height, width);
        let mut shares = Vec::new();
        for step in 0..3000 {
            let after = disturbed(&before, &cutmix(number(&case["alpha"]), 1.0), &format!("1/{step}"));
            let Mixed { labels, share } = after.mixed.expect("a mixed batch");
            shares.push(share);
            if labels != [11, 10] {
                continue;
            }
            for (image, pixels) in after.images.pixels.chunks_exact(3 * height * width).enumerate() {
                let foreign: Vec<usize> =
                    (0..height * width).filter(|at| pixels[3 * at] != image as f32 + 1.0).collect();
                assert!(((1.0 - share) * (height * width) as f64 - foreign.len() as f64).abs() < 1e-6);
                let rows = foreign.iter().map(|at| at / width);
                let columns = foreign.iter().map(|at| at % width);
                let span = |(low, high): (Option<usize>, Option<usize>)| {
                    low.zip(high).map_or(0, |(low, high)| high - low + 1)
                };
                let sides =
                    [span((rows.clone().min(), rows.max())), span((columns.clone().min(), columns.max()))];
                assert_eq!(sides[0] * sides[1], foreign.len(), "no rectangle");
            }
        }
        let (mean, deviation) = mean_and_deviation(&shares);
        let (wanted, spread) = (number(&case["mean"]), number(&case["deviation"]));
        assert!(
            (mean - wanted).abs() < 4.0 * spread * (1.0 / 3000.0 + 1.0 / 20000.0f64).sqrt(),
            "{mean}, {wanted}"
        );
        assert!((deviation - spread).abs() < 0.05 * spread, "{deviation} for {spread}");
    }
}

#[test]
fn cutmix_mixes_as_often_as_it_is_told_and_mixup_takes_the_rest() {
    let before = batch(2, 8, 8);
    let whole = |options: &TrainingOptions| -> usize {
        let mixed = |step: &i32| disturbed(&before, options, &format!("2/{step}")).mixed.is_none();
        (0..1000).filter(mixed).count()
    };
    let left = whole(&cutmix(1.0, 0.3));
    assert!((640..760).contains(&left), "{left} of 1000: within four standard deviations of 700");
    assert_eq!(whole(&TrainingOptions { mixup: 1.0, ..cutmix(1.0, 0.3) }), 0);
    // A batch that is mixed already stays as it is.
    let mixed = Some(Mixed { labels: vec![11, 10], share: 0.7 });
    let given = LabelledBatch { mixed: mixed.clone(), ..before.clone() };
    assert_eq!(disturbed(&given, &cutmix(1.0, 1.0), "1/1").mixed, mixed);
}

#[test]
fn hide_and_seek_hides_whole_patches_as_often_as_it_is_told() {
    let options = |grid_sizes: &[usize], hide_probability| TrainingOptions {
        method: TrainingMethod::HideAndSeek(HideAndSeekOptions {
            grid_sizes: grid_sizes.to_vec(),
            hide_probability,
        }),
        ..Default::default()
    };
    // Patches of 4 in 10x9 pixels: the last ones of every row and column are cut off.
    let before = batch(50, 10, 9);
    let after = disturbed(&before, &options(&[4], 0.5), "1/1");
    assert_eq!((&after.labels, &after.mixed), (&before.labels, &None));
    let mut hidden = 0;
    for (image, pixels) in after.images.pixels.chunks_exact(270).enumerate() {
        for (at, pixel) in pixels.iter().enumerate() {
            let (row, column) = (at / 27, at / 3 % 9);
            let first = pixels[27 * (row / 4 * 4) + 3 * (column / 4 * 4)];
            assert!(*pixel == first && [0.0, image as f32 + 1.0].contains(pixel), "half a patch");
        }
        hidden += pixels
            .chunks_exact(27)
            .step_by(4)
            .map(|row| row.iter().step_by(12).filter(|x| **x == 0.0).count())
            .sum::<usize>();
    }
    // 9 patches in each of 50 images, four standard deviations of 10.6.
    assert!((183..=267).contains(&hidden), "{hidden} of 450");
    let all = disturbed(&before, &options(&[3], 1.0), "1/1");
    assert!(all.images.pixels.iter().all(|pixel| *pixel == 0.0));
    for none in [options(&[3], 0.0), options(&[0], 1.0)] {
        assert_eq!(disturbed(&before, &none, "1/1").images.pixels, before.images.pixels);
    }
}

#[test]
fn left_out_the_grid_sizes_are_the_papers_in_proportion() {
    let options = TrainingOptions {
        method: TrainingMethod::HideAndSeek(HideAndSeekOptions {
            hide_probability: 0.5,
            ..Default::default()
        }),
        ..Default::default()
    };
    // At 56 pixels: 0, 4, 8, 11 and 14.
    let after = disturbed(&batch(60, 56, 56), &options, "1/1");
    let mut sizes = std::collections::BTreeSet::new();
    for pixels in after.images.pixels.chunks_exact(3 * 56 * 56) {
        let row: Vec<bool> = (0..56).map(|column| pixels[3 * column] == 0.0).collect();
        let edges: Vec<usize> = (1..56).filter(|at| row[*at] != row[at - 1]).collect();
        sizes.extend(
            [4, 8, 11, 14]
                .into_iter()
                .rev()
                .find(|size| edges.len() > 1 && edges.iter().all(|edge| edge % size == 0)),
        );
    }
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [4, 8, 11, 14]);
}
