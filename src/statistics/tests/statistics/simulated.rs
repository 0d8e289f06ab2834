//! Error rates on a few hundred simulated tables; `docs/statistics.md` has those on ten thousand.

use crate::curves::Shape;
use crate::rates::{coverage, false_claims, maximum_coverage};
use crate::sampler::Population;

/// Replicates: the standard error of a rate of 95 % is 0.8 points, so that bars are 2.5 points (three of them) off.
const REPLICATES: u64 = 700;

#[test]
fn intervals_over_training_runs_cover() {
    for (images, seeds, seed_deviation, effect) in [
        (100, 2, 3.0, 0.9),
        (100, 2, 8.0, 0.0),
        (1000, 2, 0.0, 0.0),
        (100, 3, 3.0, 0.3),
        (1000, 3, 8.0, 0.9),
        (100, 5, 0.0, 0.9),
        (1000, 5, 3.0, 0.3),
        (1000, 5, 8.0, 0.0),
    ] {
        let population = Population::pair(images, seeds, seed_deviation, effect);
        let [covers, averaged, ..] = coverage(&population, REPLICATES);
        assert!(covers > 92.5, "{images} images, {seeds} seeds, {seed_deviation}, {effect}: {covers}");
        assert!(seeds < 5 || covers < 99.0, "{images} images, {seeds} seeds, {seed_deviation}: {covers}");
        // Averaging the seeds does not: it is for these networks alone.
        assert!(seed_deviation < 8.0 || averaged < 88.0, "{averaged}");
    }
}

#[test]
fn rare_differences_are_not_claimed_too_often() {
    for (seeds, gap, shared) in [(1, 0.0, 0.83), (1, -3.0, 1.0), (3, 0.0, 0.83), (5, -3.0, 1.0)] {
        let pair = Population::pair(100, seeds, 0.0, 0.9);
        let population = Population { gaps: vec![0.0, gap], shared, rates: vec![0.9], ..pair };
        let [covers, ..] = coverage(&population, REPLICATES);
        assert!(covers > 91.5, "{seeds} seeds, {gap}: {covers}");
    }
}

#[test]
fn false_claims_are_as_rare_as_stated() {
    for (methods, images, seeds, seed_deviation) in
        [(6, 100, 2, 8.0), (12, 100, 2, 8.0), (6, 1000, 1, 0.0), (6, 100, 3, 3.0), (6, 100, 5, 8.0)]
    {
        let gaps = vec![0.0; methods];
        let population = Population { gaps, ..Population::pair(images, seeds, seed_deviation, 0.7) };
        let [claims, best, uncorrected] = false_claims(&population, REPLICATES);
        let case = format!("{methods} methods, {images} images, {seeds} seeds");
        assert!(claims < 7.5 && best < 7.5, "{case}: {claims}, {best}");
        assert!(uncorrected > 10.0, "{case}: {uncorrected}");
    }
}

#[test]
fn intervals_of_maxima_cover() {
    for (shape, images) in
        [(Shape::Peak, 100), (Shape::Plateau, 100), (Shape::Rivals, 300), (Shape::Slope, 300)]
    {
        let truth = shape.truth();
        let [covers, percentiles, bias, corrected, _] =
            maximum_coverage(shape, truth, images, 200, REPLICATES);
        assert!(covers > 92.0, "{shape:?}: {covers}");
        if shape == Shape::Plateau {
            assert!(percentiles < 50.0 && corrected.abs() < 0.5 * bias, "{percentiles} {bias} {corrected}");
        }
    }
    let truth = Shape::Smooth.truth();
    let [covers, ..] = maximum_coverage(Shape::Smooth, truth, 100, 200, 300);
    assert!(covers > 91.0, "{covers}");
}
