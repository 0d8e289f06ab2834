//! Simulated error rates of every interval and test, as the tables of `docs/statistics.md`.
//!
//! Usage: cargo run --release -p camlab-statistics --example simulate [REPLICATES [TABLE]], 10,000 unless told; the tables
//! are `pair`, `rare`, `family` and `maximum`. RAYON_NUM_THREADS limits the threads; no figure depends on them.

mod curves;
mod rates;
mod sampler;

use curves::Shape;
use rates::{coverage, false_claims, maximum_coverage};
use sampler::Population;

/// Resamples of a maximised metric.
const RESAMPLES: usize = 400;

fn main() {
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
}

fn pairs(replicates: u64) {
    println!(
        "| images | seeds | seed sd | image effect | covers | half width | detectable | seeds averaged: covers |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for images in [100, 1000] {
        for seeds in [1, 2, 3, 5] {
            for seed_deviation in [0.0, 3.0, 8.0] {
                for (name, effect) in [("strong", 0.9), ("weak", 0.3), ("none", 0.0)] {
                    if seeds == 1 && (seed_deviation > 0.0 || effect > 0.0) {
                        continue;
                    }
                    let population = Population::pair(images, seeds, seed_deviation, effect);
                    let [covers, averaged, half, _, detectable] = coverage(&population, replicates);
                    println!(
                        "| {images} | {seeds} | {seed_deviation} | {name} | {covers:.1} | {half:.1} | {detectable:.1} | {averaged:.1} |"
                    );
                }
            }
        }
    }
}

fn rare(replicates: u64) {
    println!("| images | seeds | image effect | case | covers |");
    println!("|---|---|---|---|---|");
    let base = Population { shared: 0.83, rates: vec![0.9], ..Population::pair(0, 0, 0.0, 0.0) };
    let both = ("3 % of images differ, in both directions", base.clone());
    let one = (
        "3 % of images differ, in one direction",
        Population { gaps: vec![0.0, -3.0], shared: 1.0, ..base.clone() },
    );
    let three =
        ("share of three IoUs", Population { rates: vec![0.8, 0.6, 0.3], shared: 0.7, ..base.clone() });
    let uneven = (
        "one better by five points",
        Population { gaps: vec![0.0, -5.0], shared: 0.9, rates: vec![0.6], ..base },
    );
    for (name, population) in [both, one, three, uneven] {
        for images in [100, 1000] {
            for seeds in [1, 2, 3, 5] {
                for (effect, image_effect) in [("strong", 0.9), ("none", 0.0)] {
                    if seeds == 1 && image_effect > 0.0 {
                        continue;
                    }
                    let population = Population { images, seeds, image_effect, ..population.clone() };
                    let [covers, ..] = coverage(&population, replicates);
                    println!("| {images} | {seeds} | {effect} | {name} | {covers:.1} |");
                }
            }
        }
    }
}

fn families(replicates: u64) {
    println!(
        "| methods | images | seeds | seed sd | four claims | against the best | against the best, uncorrected |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, gaps) in [
        ("2 equal", vec![0.0; 2]),
        ("6 equal", vec![0.0; 6]),
        ("12 equal", vec![0.0; 12]),
        ("6, half of them worse by 10 points", [[0.0; 3], [-10.0; 3]].concat()),
    ] {
        for images in [100, 1000] {
            for seeds in [1, 2, 3, 5] {
                for seed_deviation in [0.0, 3.0, 8.0] {
                    if seeds == 1 && seed_deviation > 0.0 {
                        continue;
                    }
                    let pair = Population::pair(images, seeds, seed_deviation, 0.7);
                    let population = Population { gaps: gaps.clone(), ..pair };
                    let [claims, best, plain] = false_claims(&population, replicates);
                    println!(
                        "| {name} | {images} | {seeds} | {seed_deviation} | {claims:.1} | {best:.1} | {plain:.1} |"
                    );
                }
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
            println!(
                "| {shape:?} | {images} | {covers:.1} | {half:.1} | {percentiles:.1} | {bias:+.2} | {corrected:+.2} |"
            );
        }
    }
}
