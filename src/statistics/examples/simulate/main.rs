//! Simulated error rates of every interval and test, as the tables of `docs/statistics.md`.
//!
//! Usage: cargo run --release -p camlab-statistics --example simulate [REPLICATES [TABLE]], 10,000 unless told; the tables
//! are `pair`, `rare`, `family` and `maximum`. RAYON_NUM_THREADS limits the threads; no figure depends on them. Fails if an
//! interval covers in fewer than 93 %, or if more than 5.5 % of families have a false claim, by more than three
//! Monte-Carlo standard errors.

mod curves;
mod rates;
mod sampler;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use curves::Shape;
use rates::{coverage, false_claims, maximum_coverage};
use sampler::Population;

/// Resamples of a maximised metric.
const RESAMPLES: usize = 400;

/// `true` once a rate is beyond its bar.
static BEYOND: AtomicBool = AtomicBool::new(false);

/// Notes a rate, per cent, that is above `most`.
fn at_most(rate: f64, most: f64, replicates: u64) {
    let error = 100.0 * (0.05f64 * 0.95 / replicates as f64).sqrt();
    if rate > most + 3.0 * error {
        eprintln!("simulate: {rate:.1} is above {most}");
        BEYOND.store(true, Ordering::Relaxed);
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let replicates = arguments.next().map_or(10_000, |text| text.parse().expect("a number of replicates"));
    let table = arguments.next();
    let error = 100.0 * (0.05f64 * 0.95 / replicates as f64).sqrt();
    println!("{replicates} replicates; Monte-Carlo standard error of a rate of 5 or 95 %: {error:.2}\n");
    for (name, print) in
        [("pair", pairs as fn(u64)), ("rare", rare), ("family", families), ("maximum", maxima)]
    {
        if table.as_deref().is_none_or(|wanted| wanted == name) {
            print(replicates);
            println!();
        }
    }
    ExitCode::from(u8::from(BEYOND.load(Ordering::Relaxed)))
}

/// Rates with a slash between them.
fn joined(rates: &[f64]) -> String {
    rates.iter().map(|rate| format!("{rate:.1}")).collect::<Vec<_>>().join(" / ")
}

fn pairs(replicates: u64) {
    println!("| images | seeds | seed sd | covers | half width | detectable | seeds averaged: covers |");
    println!("|---|---|---|---|---|---|---|");
    for images in [100, 1000] {
        for seeds in [1, 2, 3, 5] {
            for seed_deviation in [0.0, 3.0, 8.0] {
                if seeds == 1 && seed_deviation > 0.0 {
                    continue;
                }
                let found = [0.9, 0.3, 0.0].map(|image_effect| {
                    coverage(&Population::pair(images, seeds, seed_deviation, image_effect), replicates)
                });
                found.iter().for_each(|found| at_most(100.0 - found[0], 7.0, replicates));
                let column = |at: usize| joined(&found.map(|found| found[at]));
                let [covers, averaged, half, detectable] = [0, 1, 2, 4].map(column);
                println!(
                    "| {images} | {seeds} | {seed_deviation} | {covers} | {half} | {detectable} | {averaged} |"
                );
            }
        }
    }
}

fn rare(replicates: u64) {
    println!("| case | images | 1 seed | 2 seeds | 3 seeds | 5 seeds |");
    println!("|---|---|---|---|---|---|");
    let base = Population { shared: 0.83, rates: vec![0.9], ..Population::pair(0, 0, 0.0, 0.0) };
    let one_way = Population { gaps: vec![0.0, -3.0], shared: 1.0, ..base.clone() };
    let shares = Population { rates: vec![0.8, 0.6, 0.3], shared: 0.7, ..base.clone() };
    let gap = Population { gaps: vec![0.0, -5.0], shared: 0.9, rates: vec![0.6], ..base.clone() };
    for (name, population) in [
        ("3 % of images differ, in both directions", base),
        ("3 % of images differ, in one direction", one_way),
        ("scores of three IoUs", shares),
        ("a difference of five points", gap),
    ] {
        for images in [100, 1000] {
            let found = [1, 2, 3, 5].map(|seeds| {
                let covers = [0.9, 0.0].map(|image_effect| {
                    let population = Population { images, seeds, image_effect, ..population.clone() };
                    coverage(&population, replicates)[0]
                });
                covers.iter().for_each(|covers| at_most(100.0 - covers, 7.0, replicates));
                joined(&covers)
            });
            println!("| {name} | {images} | {} |", found.join(" | "));
        }
    }
}

fn families(replicates: u64) {
    println!("| methods | images | seeds | four claims | against the best | against the best, uncorrected |");
    println!("|---|---|---|---|---|---|");
    for (name, gaps) in [
        ("2 equal", vec![0.0; 2]),
        ("6 equal", vec![0.0; 6]),
        ("12 equal", vec![0.0; 12]),
        ("6, half of them worse by 10 points", [[0.0; 3], [-10.0; 3]].concat()),
    ] {
        for images in [100, 1000] {
            for seeds in [1, 2, 3, 5] {
                // One run shows its own networks alone, which are equal without a deviation.
                let deviations: &[f64] = if seeds == 1 { &[0.0] } else { &[0.0, 3.0, 8.0] };
                let of = |deviation: &f64| {
                    let pair = Population::pair(images, seeds, *deviation, 0.7);
                    false_claims(&Population { gaps: gaps.clone(), ..pair }, replicates)
                };
                let found: Vec<[f64; 3]> = deviations.iter().map(of).collect();
                found.iter().for_each(|found| at_most(found[0].max(found[1]), 5.5, replicates));
                let column = |at: usize| joined(&found.iter().map(|found| found[at]).collect::<Vec<_>>());
                println!("| {name} | {images} | {seeds} | {} | {} | {} |", column(0), column(1), column(2));
            }
        }
    }
}

fn maxima(replicates: u64) {
    println!(
        "| curve | images | covers | half width | percentiles: cover | bias of the value | bias of the corrected value |"
    );
    println!("|---|---|---|---|---|---|---|");
    for shape in [Shape::Peak, Shape::Smooth, Shape::Plateau, Shape::Slope, Shape::Rivals] {
        let truth = shape.truth();
        for images in [100, 300, 1000] {
            let [covers, percentiles, bias, corrected, half] =
                maximum_coverage(shape, truth, images, RESAMPLES, replicates);
            at_most(100.0 - covers, 7.0, replicates);
            println!(
                "| {shape:?} | {images} | {covers:.1} | {half:.1} | {percentiles:.1} | {bias:+.2} | {corrected:+.2} |"
            );
        }
    }
}
