//! Error rates of the rules on simulated scores.

use camlab_base::{Resamples, quantile};
use camlab_statistics::{ClaimScope, CurveDraws, PairedDifference, against_best, holm, paired_difference};
use rayon::prelude::*;

use super::curves::{LEVELS, Shape, maximum};
use super::sampler::Population;

/// Level of every test and interval.
pub const LEVEL: f64 = 0.05;

/// Mean over replicates of several numbers.
pub fn averaged<const N: usize>(replicates: u64, one: impl Fn(u64) -> [f64; N] + Send + Sync) -> [f64; N] {
    // Summed in order, so that no rounding depends on the threads.
    let all: Vec<[f64; N]> = (0..replicates).into_par_iter().map(one).collect();
    let sums: [f64; N] = std::array::from_fn(|at| all.iter().map(|found| found[at]).sum());
    sums.map(|sum| sum / replicates as f64)
}

fn first_two(first: &[Vec<f64>], second: &[Vec<f64>]) -> PairedDifference {
    let pairs = first.iter().zip(second);
    let differences: Vec<Vec<f64>> =
        pairs.map(|(first, second)| first.iter().zip(second).map(|(a, b)| a - b).collect()).collect();
    paired_difference(&differences).expect("a table")
}

/// Coverage of the true difference of two methods by the interval over training runs (over images alone with one seed)
/// and by the one for these networks, per cent; half the width of both; the detectable difference.
pub fn coverage(population: &Population, replicates: u64) -> [f64; 5] {
    let truth = population.gaps[0] - population.gaps[1];
    averaged(replicates, |replicate| {
        let scores = population.draw(replicate);
        let found = first_two(&scores[0], &scores[1]);
        let training = found.test(ClaimScope::Training);
        let intervals = [training, &found.networks].map(|test| test.interval(LEVEL));
        let [covers, networks_covers] = intervals.map(|interval| {
            100.0 * f64::from(u8::from(interval.low - 1e-9 <= truth && truth <= interval.high + 1e-9))
        });
        let [half, networks_half] = intervals.map(|interval| 0.5 * (interval.high - interval.low));
        [covers, networks_covers, half, networks_half, training.detectable(LEVEL)]
    })
}

/// Share of replicates with a false claim, per cent: of four claims (each further method against the first) after Holm;
/// against the picked best after correction over all pairs; against the best without correction.
pub fn false_claims(population: &Population, replicates: u64) -> [f64; 3] {
    averaged(replicates, |replicate| {
        let scores = population.draw(replicate);
        let found = against_best(&scores).expect("tables").expect("methods");
        let truth = |method: usize| population.gaps[method];
        let scope = ClaimScope::Training;
        let false_pair = |first: usize| truth(first) == truth(found.best);
        let adjusted = found.others.iter().any(|pair| false_pair(pair.first) && pair.p(scope) <= LEVEL);
        let plain =
            found.others.iter().any(|pair| false_pair(pair.first) && pair.difference.test(scope).p <= LEVEL);
        // Every claim of a family is about the first method.
        let claims = (1..scores.len().min(5)).map(|method| {
            let pair = first_two(&scores[0], &scores[method]);
            (pair.test(scope).p, truth(0) == truth(method))
        });
        let (p, null): (Vec<f64>, Vec<bool>) = claims.unzip();
        let claims = holm(&p).iter().zip(null).any(|(p, null)| null && *p <= LEVEL);
        [claims, adjusted, plain].map(|yes| 100.0 * f64::from(u8::from(yes)))
    })
}

/// Coverage of the true maximum by the interval and by the percentiles of resampled maxima, per cent; bias of the value
/// and of the corrected one; half the width of the interval.
pub fn maximum_coverage(
    shape: Shape,
    truth: f64,
    images: usize,
    resamples: usize,
    replicates: u64,
) -> [f64; 5] {
    let parts = shape.parts();
    averaged(replicates, |replicate| {
        let sample = shape.draw(images, replicate);
        let mut observed = vec![0.0; parts * LEVELS];
        sample.curves(&vec![1; images], &mut observed);
        let mut draws = CurveDraws::new(parts, observed);
        let mut random = Resamples::new(images, replicate, "resamples");
        let mut maxima: Vec<f64> = (0..resamples)
            .map(|_| {
                let mut found = 0.0;
                draws.push_with(|row| {
                    sample.curves(random.draw(), row);
                    found = maximum(row, parts);
                });
                found
            })
            .collect();
        maxima.sort_by(f64::total_cmp);
        let found = draws.estimate(LEVEL).expect("resamples");
        let covers = |low: f64, high: f64| 100.0 * f64::from(u8::from(low <= truth && truth <= high));
        let percentile = |part: f64| quantile(&maxima, part).expect("resamples");
        let interval = found.interval;
        [
            covers(interval.low, interval.high),
            covers(percentile(0.5 * LEVEL), percentile(1.0 - 0.5 * LEVEL)),
            found.value - truth,
            found.corrected - truth,
            0.5 * (interval.high - interval.low),
        ]
    })
}
