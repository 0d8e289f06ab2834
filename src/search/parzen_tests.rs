//! Parzen estimators against Optuna's (`fixtures/golden/search/make.py`).

use serde_json::Value;

use crate::bandwidth::{Bandwidth, BandwidthRule};
use crate::domain::Domain;
use crate::parzen::{Factor, ParzenEstimator};

fn domain(key: &str) -> Domain {
    match key {
        "real" => Domain::Real { low: -2.0, high: 3.0, log: false },
        "log" => Domain::Real { low: 1e-4, high: 1e-1, log: true },
        "whole" => Domain::Whole { low: 1, high: 12, log: false },
        "log_whole" => Domain::Whole { low: 1, high: 300, log: true },
        _ => Domain::Choice { count: 3 },
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

/// Rows of the columns of some keys.
fn rows(columns: &Value, keys: &[&str]) -> Vec<Vec<f64>> {
    let columns: Vec<Vec<f64>> = keys.iter().map(|key| numbers(&columns[*key])).collect();
    (0..columns[0].len()).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}

/// Relative error, or absolute near 0.
fn near(found: f64, wanted: f64, tolerance: f64) -> bool {
    (found - wanted).abs() <= tolerance * wanted.abs().max(1.0)
}

fn compare(text: &str, rule: BandwidthRule) {
    let golden: Value = serde_json::from_str(text).expect("JSON");
    let cases = golden["parzen"].as_array().expect("a list");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let keys: Vec<&str> =
            case["keys"].as_array().expect("a list").iter().map(|key| key.as_str().expect("text")).collect();
        let domains: Vec<Domain> = keys.iter().map(|key| domain(key)).collect();
        let domains: Vec<&Domain> = domains.iter().collect();
        let bandwidth = Bandwidth { rule, resolution: 1.0 };
        let estimator = ParzenEstimator::new(&domains, &rows(&case["rows"], &keys), bandwidth);
        let same = |found: &[f64], wanted: &Value| {
            let wanted = numbers(wanted);
            assert_eq!(found.len(), wanted.len());
            for (found, wanted) in found.iter().zip(wanted) {
                assert!(near(*found, wanted, 1e-12), "{found}, not {wanted}");
            }
        };
        same(&estimator.weights, &case["weights"]);
        for (key, factor) in keys.iter().zip(&estimator.factors) {
            let component = &case["components"][*key];
            match factor {
                Factor::Number { means, bandwidths, .. } => {
                    same(means, &component["means"]);
                    same(bandwidths, &component["bandwidths"]);
                }
                Factor::Choice { count, chosen, own, other } => {
                    for (index, wanted) in
                        component["probabilities"].as_array().expect("a list").iter().enumerate()
                    {
                        let of = |choice| match chosen.get(index) {
                            Some(observed) if *observed == choice => *own,
                            Some(_) => *other,
                            None => 1.0 / *count as f64,
                        };
                        same(&(0..*count).map(of).collect::<Vec<f64>>(), wanted);
                    }
                }
            }
        }
        let points = rows(&case["points"], &keys);
        for (point, wanted) in points.iter().zip(numbers(&case["log_densities"])) {
            let found = estimator.log_density(point);
            assert!(near(found, wanted, 1e-9), "{found}, not {wanted}");
        }
    }
}

#[test]
fn estimators_are_those_of_optuna_5() {
    compare(include_str!("../../fixtures/golden/search/optuna.json"), BandwidthRule::Neighbours);
}

#[test]
fn estimators_are_those_of_optuna_4() {
    compare(include_str!("../../fixtures/golden/search/optuna-4.json"), BandwidthRule::Constant);
}

/// Draws have the density: the mean of 1 / density over draws is the width of the domain, and each choice and whole
/// number is as frequent as its probability.
#[test]
fn draws_have_the_density() {
    let stream = |name: &str| camlab_base::random::stream(5, name);
    let real = Domain::Real { low: 1e-3, high: 1.0, log: true };
    let [whole, choice] = [Domain::Whole { low: 0, high: 4, log: false }, Domain::Choice { count: 4 }];
    let draw = |domain: &Domain, rows: &[Vec<f64>], seen: &mut dyn FnMut(f64, f64)| {
        let domains = [domain];
        let estimator = ParzenEstimator::new(&domains, rows, Bandwidth::default());
        let (mut components, mut values) = (stream("components"), [stream("values")]);
        for _ in 0..20_000 {
            let drawn = estimator.sample(&mut components, &mut values);
            seen(drawn[0], libm::exp(estimator.log_density(&drawn)));
        }
    };
    let mut sum = 0.0;
    draw(&real, &[vec![0.002], vec![0.9], vec![1.0]], &mut |_, density| sum += 1.0 / density);
    assert!((sum / 20_000.0 / libm::log(1e3) - 1.0).abs() < 0.03, "{sum}");
    for domain in [whole, choice] {
        let mut found = [(0.0, 0.0); 5];
        draw(&domain, &[vec![3.0], vec![3.0], vec![1.0]], &mut |value, density| {
            found[value as usize].0 += 1.0 / 20_000.0;
            found[value as usize].1 = density;
        });
        assert!((found.iter().map(|value| value.1).sum::<f64>() - 1.0).abs() < 1e-9, "{found:?}");
        // Five standard errors at most.
        assert!(found.iter().all(|(share, density)| (share - density).abs() < 0.018), "{found:?}");
    }
}
