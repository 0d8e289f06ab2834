//! Pixel metrics against published values and identities.

use camlab::raster::{Map, Mask, PixelBox, Rate, kl_divergence, rates, roc_auc};
use proptest::prelude::*;

/// `from` and `to` of a square of ones in a `side` x `side` map.
fn square(side: usize, from: usize, to: usize) -> Map {
    let inside = |i: usize| (from..to).contains(&(i / side)) && (from..to).contains(&(i % side));
    Map::new(side, side, (0..side * side).map(|i| f32::from(u8::from(inside(i)))).collect())
}

fn mask(labels: &[u8]) -> Mask {
    Mask { height: 1, width: labels.len(), data: labels.to_vec() }
}

fn row(scores: &[f32]) -> Map {
    Map::new(1, scores.len(), scores.to_vec())
}

/// Quantus, `test_localisation_metrics.py`: truth in the top-left quarter, the map in the bottom-right one.
#[test]
fn auc_of_tied_maps_is_quantus_value() {
    let truth = Mask::from_boxes(224, 224, &[PixelBox::new(0, 0, 111, 111)]);
    let auc = roc_auc(&square(224, 112, 224), &truth).unwrap();
    assert!((auc - 1.0 / 3.0).abs() < 1e-15);
    assert_eq!(roc_auc(&square(224, 0, 112), &truth), Some(1.0));
    assert_eq!(roc_auc(&square(224, 0, 224), &truth), Some(0.5));
}

/// scikit-learn's documentation of `roc_auc_score`/`roc_curve`: [0, 0, 1, 1], [.1, .4, .35, .8] -> .75.
#[test]
fn auc_is_scikit_learns_example() {
    assert_eq!(roc_auc(&row(&[0.1, 0.4, 0.35, 0.8]), &mask(&[0, 0, 1, 1])), Some(0.75));
}

#[test]
fn auc_leaves_out_what_has_no_answer() {
    assert_eq!(roc_auc(&row(&[0.0, 1.0]), &mask(&[1, 1])), None);
    assert_eq!(roc_auc(&row(&[0.0, 1.0]), &mask(&[0, 255])), None);
    assert_eq!(roc_auc(&row(&[0.0, f32::NAN]), &mask(&[0, 1])), None);
    assert_eq!(roc_auc(&row(&[0.0]), &mask(&[0, 1])), None);
    // An ignored pixel decides nothing; both zeros tie.
    assert_eq!(roc_auc(&row(&[0.0, -0.0, 9.0]), &mask(&[0, 1, 255])), Some(0.5));
}

#[test]
fn boxes_become_their_union() {
    let mask = Mask::from_boxes(
        4,
        5,
        &[PixelBox::new(-2, 0, 1, 1), PixelBox::new(1, 1, 9, 2), PixelBox::new(3, 3, 2, 3)],
    );
    assert_eq!(mask.data, [1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn rates_count_scores_from_the_threshold_on() {
    let found = rates(&row(&[0.2, 0.5, 0.7, 1.0, 0.9]), &mask(&[0, 1, 0, 1, 255]), &[0.5, 0.8]);
    let rate = |threshold, tpr, fpr| Rate { threshold, true_positive: Some(tpr), false_positive: Some(fpr) };
    assert_eq!(found, [rate(0.5, 1.0, 0.5), rate(0.8, 0.5, 0.0)]);
    let one_class = rates(&row(&[0.2]), &mask(&[1]), &[0.1]);
    assert_eq!((one_class[0].true_positive, one_class[0].false_positive), (Some(1.0), None));
}

/// A uniform map on a truth that covers one part in k diverges by ln k.
#[test]
fn divergence_of_a_uniform_map_is_the_logarithm() {
    let truth = mask(&[1, 0, 0, 0, 0]);
    for map in [row(&[0.3; 5]), row(&[0.0; 5]), row(&[-2.0; 5])] {
        assert!((kl_divergence(&map, &truth).unwrap() - 5f64.ln()).abs() < 1e-6);
    }
    assert!(kl_divergence(&row(&[1.0, 0.0, 0.0, 0.0, 0.0]), &truth).unwrap().abs() < 1e-6);
    let half = kl_divergence(&row(&[3.0, 1.0]), &mask(&[1, 1])).unwrap();
    assert!((half - (0.5 * (0.5f64 / 0.75).ln() + 0.5 * (0.5f64 / 0.25).ln())).abs() < 1e-6);
    assert_eq!(kl_divergence(&row(&[3.0, 1.0]), &mask(&[0, 255])), None);
}

proptest! {
    /// The definition, pair by pair.
    #[test]
    fn auc_counts_pairs(pixels in prop::collection::vec((-3i8..4, prop::sample::select(vec![0u8, 1, 255])), 2..40)) {
        let scores: Vec<f32> = pixels.iter().map(|&(score, _)| f32::from(score) / 3.0).collect();
        let labels: Vec<u8> = pixels.iter().map(|&(_, label)| label).collect();
        let (mut wins, mut pairs) = (0.0, 0.0);
        for (a, _) in labels.iter().enumerate().filter(|(_, l)| **l == 1) {
            for (b, _) in labels.iter().enumerate().filter(|(_, l)| **l == 0) {
                pairs += 1.0;
                wins += if scores[a] > scores[b] { 1.0 } else if scores[a] == scores[b] { 0.5 } else { 0.0 };
            }
        }
        let auc = roc_auc(&row(&scores), &mask(&labels));
        prop_assert_eq!(auc, (pairs > 0.0).then(|| wins / pairs));
    }

    #[test]
    fn divergence_is_never_negative(pixels in prop::collection::vec((-2.0f32..2.0, 0u8..2), 1..40)) {
        let scores: Vec<f32> = pixels.iter().map(|&(score, _)| score).collect();
        let labels: Vec<u8> = pixels.iter().map(|&(_, label)| label).collect();
        let divergence = kl_divergence(&row(&scores), &mask(&labels));
        prop_assert_eq!(divergence.is_some(), labels.contains(&1));
        prop_assert!(divergence.unwrap_or(0.0) >= -1e-9);
    }
}
