//! Numbers of SciPy, statsmodels and a plain NumPy reading (`fixtures/golden/statistics/make.py`).

use camlab_statistics::student::{normal_upper, student_tail, student_upper};
use camlab_statistics::{
    ClaimScope, CurveDraws, MeanTest, against_best, all_pairs, holm, method_mean, paired_difference,
};
use serde_json::Value;

fn golden() -> Value {
    let text = include_str!("../../../../fixtures/golden/statistics/statistics.json");
    serde_json::from_str(text).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn table(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("a list").iter().map(numbers).collect()
}

#[track_caller]
fn near(found: f64, wanted: &Value, relative: f64) {
    let wanted = number(wanted);
    assert!((found - wanted).abs() <= relative * wanted.abs().max(1e-300), "{found} is not {wanted}");
}

/// Ends of intervals and means may be near 0, in percentage points.
#[track_caller]
fn near_points(found: f64, wanted: &Value) {
    let wanted = number(wanted);
    assert!((found - wanted).abs() <= 1e-8 * wanted.abs().max(1.0), "{found} is not {wanted}");
}

fn same_test(found: &MeanTest, wanted: &Value, levels: &[f64]) {
    near_points(found.mean, &wanted["mean"]);
    near(found.standard_error, &wanted["standard_error"], 1e-9);
    near(found.degrees, &wanted["degrees"], 1e-8);
    near(found.p, &wanted["p"], 1e-7);
    for (at, level) in levels.iter().enumerate() {
        let interval = found.interval(*level);
        near_points(interval.low, &wanted["intervals"][at][0]);
        near_points(interval.high, &wanted["intervals"][at][1]);
        near(found.detectable(*level), &wanted["detectable"][at], 1e-8);
    }
}

#[test]
fn distributions_are_scipys() {
    let golden = golden();
    for row in table(&golden["normal"]) {
        assert!((normal_upper(row[0]) / row[1] - 1.0).abs() < 1e-12, "{row:?}");
    }
    for row in table(&golden["student"]) {
        let found = student_upper(row[1], row[0]);
        assert!((found / row[2] - 1.0).abs() < 1e-8, "{row:?}: {found}");
        if row[1] > 1e-4 {
            assert!((student_upper(1.0 - row[1], row[0]) / found + 1.0).abs() < 1e-9, "{row:?}");
        }
    }
    for row in table(&golden["student_tail"]) {
        let found = student_tail(row[1], row[0]);
        assert!((found - row[2]).abs() <= 1e-8 * row[2], "{row:?}: {found}");
    }
}

#[test]
fn one_seed_is_the_paired_t_test() {
    let golden = golden();
    let wanted = &golden["paired_t"];
    let found = paired_difference(&table(&wanted["values"])).unwrap();
    assert_eq!(found.training, None);
    near(found.networks.p, &wanted["p"], 1e-9);
    near(found.networks.degrees, &wanted["degrees"], 1e-12);
    for (at, level) in numbers(&golden["levels"]).into_iter().enumerate() {
        near_points(found.networks.interval(level).low, &wanted["intervals"][at][0]);
        near_points(found.networks.interval(level).high, &wanted["intervals"][at][1]);
    }
    // The sum of two quantiles for the noncentral t distribution.
    near(found.networks.detectable(0.05), &wanted["detectable"], 0.01);
}

#[test]
fn differences_are_numpys() {
    let golden = golden();
    let levels = numbers(&golden["levels"]);
    for wanted in golden["differences"].as_array().unwrap() {
        let found = paired_difference(&table(&wanted["values"])).unwrap();
        same_test(&found.networks, &wanted["networks"], &levels);
        match &found.training {
            Some(training) => same_test(training, &wanted["training"], &levels),
            None => assert!(wanted["training"].is_null()),
        }
        near(found.effect, &wanted["effect"], 1e-9);
        near(found.better, &wanted["better"], 1e-12);
        near(found.worse, &wanted["worse"], 1e-12);
    }
}

#[test]
fn means_are_numpys() {
    let golden = golden();
    let levels = numbers(&golden["levels"]);
    for wanted in golden["means"].as_array().unwrap() {
        let found = method_mean(&table(&wanted["values"])).unwrap();
        same_test(&found.networks, &wanted["networks"], &levels);
        same_test(&found.training.unwrap(), &wanted["training"], &levels);
    }
}

#[test]
fn holm_is_statsmodels() {
    let wanted = &golden()["holm"];
    for (found, wanted) in holm(&numbers(&wanted["p"])).iter().zip(numbers(&wanted["adjusted"])) {
        assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
    }
    // By hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04 raised to its predecessor.
    for (found, wanted) in holm(&[0.01, 0.04, 0.03, 0.005]).iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
    }
    assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    assert_eq!(holm(&[]), [0.0; 0]);
}

#[test]
fn families_are_numpys_and_statsmodels() {
    let golden = golden();
    let wanted = &golden["family"];
    let scores: Vec<Vec<Vec<f64>>> = wanted["scores"].as_array().unwrap().iter().map(table).collect();
    let found = all_pairs(&scores).unwrap();
    for (at, pair) in found.iter().enumerate() {
        assert_eq!([pair.first as f64, pair.second as f64], *numbers(&wanted["pairs"][at]));
        near(pair.p(ClaimScope::Networks), &wanted["networks"][at], 1e-7);
        near(pair.p(ClaimScope::Training), &wanted["training"][at], 1e-7);
        for (scope, name) in
            [(ClaimScope::Networks, "networks_intervals"), (ClaimScope::Training, "training_intervals")]
        {
            let interval = pair.interval(scope, 0.05);
            near_points(interval.low, &wanted[name][at][0]);
            near_points(interval.high, &wanted[name][at][1]);
        }
    }
    let best = against_best(&scores).unwrap().unwrap();
    assert_eq!(best.best as u64, wanted["best"].as_u64().unwrap());
    assert_eq!(best.others.len(), 4);
    for pair in best.others {
        let [low, high] = [pair.first.min(pair.second), pair.first.max(pair.second)];
        let same = found.iter().find(|other| (other.first, other.second) == (low, high)).unwrap();
        assert_eq!(pair.second, best.best);
        assert_eq!((pair.networks_p, pair.training_p), (same.networks_p, same.training_p));
        assert_eq!(pair.difference.mean.abs(), same.difference.mean.abs());
        assert!(pair.difference.mean <= 0.0 && pair.difference.networks.mean <= 0.0);
    }
}

#[test]
fn a_maximum_is_numpys() {
    let golden = golden();
    let wanted = &golden["maximum"];
    let hits: Vec<Vec<Vec<f64>>> = wanted["hits"].as_array().unwrap().iter().map(table).collect();
    let levels = hits[0][0].len();
    let curves = |weights: &[f64], row: &mut [f64]| {
        for (part, row) in hits.iter().zip(row.chunks_exact_mut(levels)) {
            for (image, weight) in part.iter().zip(weights) {
                for (sum, hit) in row.iter_mut().zip(image) {
                    *sum += hit * weight * 100.0 / weights.len() as f64;
                }
            }
        }
    };
    let mut observed = vec![0.0; hits.len() * levels];
    curves(&vec![1.0; hits[0].len()], &mut observed);
    let mut draws = CurveDraws::new(hits.len(), observed);
    for weights in table(&wanted["weights"]) {
        draws.push_with(|row| curves(&weights, row));
    }
    let found = draws.estimate(0.05).unwrap();
    near_points(found.value, &wanted["value"]);
    near_points(found.corrected, &wanted["corrected"]);
    near_points(found.interval.low, &wanted["interval"][0]);
    near_points(found.interval.high, &wanted["interval"][1]);
}
