//! Degenerate tables, and identities.

use camlab_statistics::{
    ClaimScope, StatisticsError, against_best, all_pairs, maximum_interval, method_mean, paired_difference,
};
use proptest::prelude::*;

use crate::sampler::Population;

#[test]
fn a_constant_gap_is_certain_and_none_is_none() {
    let gap = paired_difference(&[vec![4.0; 40], vec![4.0; 40]]).unwrap();
    for test in [gap.networks, gap.training.unwrap()] {
        assert_eq!((test.mean, test.p, test.standard_error), (4.0, 0.0, 0.0));
        assert_eq!((test.interval(0.05).low, test.interval(0.05).high), (4.0, 4.0));
    }
    assert_eq!((gap.effect, gap.better, gap.worse), (f64::INFINITY, 1.0, 0.0));
    let none = paired_difference(&[vec![0.0; 40]]).unwrap();
    assert_eq!((none.networks.p, none.effect, none.training), (1.0, 0.0, None));
    assert!(!none.networks.interval(0.05).excludes_zero());
    // The exact mean is 0; the computed one has a rounding error.
    let mixed: Vec<f64> = (0..40).map(|at| if at % 2 == 0 { 1e6 / 3.0 } else { -1e6 / 3.0 }).collect();
    let mixed = paired_difference(&[mixed]).unwrap();
    assert_eq!((mixed.mean, mixed.networks.p), (0.0, 1.0));
    // A third is no float: sums of squares are rounding errors.
    let third = paired_difference(&vec![vec![100.0 / 3.0; 31]; 3]).unwrap();
    assert_eq!((third.training.unwrap().standard_error, third.training.unwrap().p), (0.0, 0.0));
}

#[test]
fn tables_without_an_interval_are_errors() {
    assert_eq!(paired_difference(&[]), Err(StatisticsError::TooFew { seeds: 0, images: 0 }));
    assert_eq!(paired_difference(&[vec![1.0]]), Err(StatisticsError::TooFew { seeds: 1, images: 1 }));
    let uneven = StatisticsError::Uneven { found: 2, wanted: 3 };
    assert_eq!(paired_difference(&[vec![1.0; 3], vec![1.0; 2]]), Err(uneven));
    assert_eq!(method_mean(&[vec![f64::NAN, 1.0]]), Err(StatisticsError::NotFinite));
    assert_eq!(all_pairs(&[vec![vec![1.0; 3]], vec![vec![1.0; 2]]]), Err(uneven));
    assert_eq!(against_best(&[]), Ok(None));
    assert!(against_best(&[vec![vec![1.0, 2.0]]]).unwrap().unwrap().others.is_empty());
    assert_eq!(maximum_interval([0, 1, 1], 10, 0, 0.05, |_, _| ()), None);
    assert_eq!(maximum_interval([3, 1, 1], 0, 0, 0.05, |_, _| ()), None);
}

/// Two seeds at +1 and -1: no interval over training runs is narrow, and the networks' own has no width.
#[test]
fn seeds_that_disagree_widen_the_interval_over_training_runs() {
    let found = paired_difference(&[vec![1.0; 100], vec![-1.0; 100]]).unwrap();
    let training = found.training.unwrap();
    assert_eq!((found.mean, training.p, training.degrees), (0.0, 1.0, 1.0));
    // t(0.975, 1) = 12.706 standard errors of 1, and the step of 2 / 100.
    assert!((training.interval(0.05).high - 12.706).abs() < 0.01, "{training:?}");
    assert_eq!(found.networks.interval(0.05).high, 0.0);
}

#[test]
fn six_images_that_differ_are_the_fewest_that_can_be_significant() {
    let p = |differing: usize, images: usize| {
        let values = (0..images).map(|image| if image < differing { 100.0 } else { 0.0 }).collect();
        paired_difference(&[values]).unwrap().networks.p
    };
    // The exact sign test: 2 x 2^-5 = 0.0625, 2 x 2^-6 = 0.031, 2 x 2^-12 = 0.0005.
    for images in [30, 100, 1000] {
        assert!(p(5, images) > 0.05 && p(6, images) < 0.05, "{images}: {} {}", p(5, images), p(6, images));
    }
    assert!(p(12, 100) > 0.0005 && p(12, 100) < 0.002, "{}", p(12, 100));
}

#[test]
fn a_claim_about_training_needs_three_runs_or_significance() {
    let of = |seeds, gap| {
        let gaps = vec![gap, 0.0];
        let scores = Population { gaps, ..Population::pair(500, seeds, 3.0, 0.9) }.draw(4);
        let rows = scores[0].iter().zip(&scores[1]);
        let rows: Vec<Vec<f64>> = rows.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a - b).collect()).collect();
        paired_difference(&rows).unwrap()
    };
    assert_eq!(of(1, 0.0).scope(0.05), ClaimScope::Networks);
    assert_eq!(of(2, 0.0).scope(0.05), ClaimScope::Networks);
    assert_eq!(of(3, 0.0).scope(0.05), ClaimScope::Training);
    let clear = paired_difference(&[vec![4.0; 40], vec![4.0; 40]]).unwrap();
    assert_eq!(clear.scope(0.05), ClaimScope::Training);
    let one = of(1, 10.0);
    assert_eq!(one.test(ClaimScope::Training), &one.networks);
}

/// Pairs are compared in parallel: each has the numbers that it has by itself.
#[test]
fn every_pair_is_compared_as_if_alone() {
    let gaps = vec![0.0; 12];
    let scores = Population { gaps, ..Population::pair(200, 3, 3.0, 0.7) }.draw(1);
    let found = against_best(&scores).unwrap().unwrap();
    assert_eq!(found.others.len(), 11);
    for pair in &found.others {
        let differences: Vec<Vec<f64>> = scores[pair.first]
            .iter()
            .zip(&scores[pair.second])
            .map(|(one, other)| one.iter().zip(other).map(|(one, other)| one - other).collect())
            .collect();
        let alone = paired_difference(&differences).unwrap();
        assert!((pair.difference.mean - alone.mean).abs() < 1e-9);
        assert!((pair.difference.networks.p - alone.networks.p).abs() < 1e-9);
        assert_eq!(pair.pairs, 66);
    }
}

#[test]
fn a_maximum_is_deterministic_and_covers_a_flat_curve() {
    let of = |seed| {
        maximum_interval([50, 2, 4], 200, seed, 0.05, |weights, row| {
            for (image, weight) in weights.iter().enumerate() {
                row[image % 8] += f64::from(*weight) * 2.0;
            }
        })
        .unwrap()
    };
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
    let found = of(3);
    assert!(found.interval.low < found.corrected && found.corrected <= found.value);
    assert!(found.value < found.interval.high);
    // Curves that no resample changes have no width.
    let still =
        maximum_interval([5, 1, 3], 20, 0, 0.05, |_, row| row.copy_from_slice(&[1.0, 7.0, 7.0])).unwrap();
    assert_eq!((still.value, still.corrected, still.interval.low, still.interval.high), (7.0, 7.0, 7.0, 7.0));
}

proptest! {
    /// An interval at the level of the p value ends at 0; the sign and the order of images and seeds change nothing else.
    #[test]
    fn p_values_and_intervals_agree(
        values in prop::collection::vec(prop::collection::vec(-3i8..4, 9), 1..5),
        scale in 0.1f64..40.0,
    ) {
        let table: Vec<Vec<f64>> =
            values.iter().map(|row| row.iter().map(|value| scale * f64::from(*value)).collect()).collect();
        let found = paired_difference(&table).unwrap();
        for test in [Some(found.networks), found.training].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&test.p) && test.degrees >= 0.999);
            if test.p > 1e-250 && test.p < 0.999 {
                let interval = test.interval(test.p);
                let end = interval.low.abs().min(interval.high.abs());
                prop_assert!(end <= 1e-6 * (interval.high - interval.low), "{test:?} {interval:?}");
            }
        }
        let turned: Vec<Vec<f64>> =
            table.iter().rev().map(|row| row.iter().map(|value| -value).collect()).collect();
        let turned = paired_difference(&turned).unwrap();
        prop_assert!((turned.networks.p - found.networks.p).abs() <= 1e-9);
        prop_assert_eq!((turned.better, turned.worse), (found.worse, found.better));
        if let (Some(training), Some(turned)) = (found.training, turned.training) {
            prop_assert!((turned.standard_error - training.standard_error).abs() <= 1e-9 * scale);
        }
    }
}
