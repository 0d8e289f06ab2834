//! Best value after 60 evaluations in batches of 4, against Optuna's multivariate TPE and random search.

use std::f64::consts::PI;

use camlab_search::{Parameter, SearchSpace, Tpe, Trial, TrialOutcome};
use rand::RngExt as _;

use crate::support::{golden, median, numbers, real, space, values};

const EVALUATIONS: usize = 60;
const BATCH: usize = 4;

type Function = Box<dyn Fn(&[f64]) -> f64>;

/// Function to be minimised over real and whole numbers. A tabulated one is one more entry of [`objectives`], with
/// the table's interpolation as its function and its regrets in the golden file.
struct TestFunction {
    name: &'static str,
    space: SearchSpace,
    function: Function,
    least: f64,
}

impl TestFunction {
    /// Difference of the best value found and the least.
    fn regret(&self, tpe: &Tpe, seed: u64) -> f64 {
        let mut trials: Vec<Trial> = Vec::new();
        while trials.len() < EVALUATIONS {
            for point in tpe.propose(&self.space, seed, &trials, BATCH) {
                let outcome = TrialOutcome::Value((self.function)(&values(&point)));
                trials.push(Trial { point, outcome });
            }
        }
        let found = trials.iter().filter_map(|trial| trial.outcome.value());
        found.fold(f64::INFINITY, f64::min) - self.least
    }

    fn regrets(&self, tpe: &Tpe, seeds: u64) -> Vec<f64> {
        (0..seeds).map(|seed| self.regret(tpe, seed)).collect()
    }
}

fn branin(at: &[f64]) -> f64 {
    let (x, y) = (at[0], at[1]);
    let inner = y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0;
    inner * inner + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos() + 10.0
}

fn hartmann6(at: &[f64]) -> f64 {
    let steepness = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    let centres = [
        [1312.0, 1696.0, 5569.0, 124.0, 8283.0, 5886.0],
        [2329.0, 4135.0, 8307.0, 3736.0, 1004.0, 9991.0],
        [2348.0, 1451.0, 3522.0, 2883.0, 3047.0, 6650.0],
        [4047.0, 8828.0, 8732.0, 5743.0, 1091.0, 381.0],
    ];
    let term = |index: usize| -> f64 {
        let square = |axis: usize| steepness[index][axis] * (at[axis] - 1e-4 * centres[index][axis]).powi(2);
        (-(0..6).map(square).sum::<f64>()).exp()
    };
    -[1.0, 1.2, 3.0, 3.2].iter().enumerate().map(|(index, weight)| weight * term(index)).sum::<f64>()
}

/// An axis of a table: key, scale and places.
struct TableAxis {
    log: bool,
    places: Vec<f64>,
}

/// MaxBoxAccV2 of the quickstart's network over three training options, negated, between the points of a table:
/// multilinear interpolation, as in `make.py`.
struct Surface {
    axes: Vec<TableAxis>,
    values: Vec<f64>,
}

impl Surface {
    fn read() -> Self {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/golden/search/quickstart-surface.json");
        let text = std::fs::read_to_string(path).expect("the table");
        let table: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let axis = |axis: &serde_json::Value| TableAxis {
            log: axis["log"] == true,
            places: numbers(&axis["values"]),
        };
        let axes = table["axes"].as_array().expect("axes").iter().map(axis).collect();
        Self { axes, values: numbers(&table["values"]) }
    }

    fn least(&self) -> f64 {
        -self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn space(&self) -> SearchSpace {
        let parameter = |(index, axis): (usize, &TableAxis)| {
            let (low, high) = (axis.places[0], axis.places[axis.places.len() - 1]);
            let domain = camlab_search::Domain::Real { low, high, log: axis.log };
            Parameter { domain, ..real(&format!("x{index}"), low, high) }
        };
        space(self.axes.iter().enumerate().map(parameter).collect())
    }

    fn value(&self, at: &[f64]) -> f64 {
        let mut table = self.values.clone();
        for (axis, value) in self.axes.iter().zip(at) {
            let scale = |value: f64| if axis.log { value.ln() } else { value };
            let places: Vec<f64> = axis.places.iter().map(|place| scale(*place)).collect();
            let at = scale(*value);
            let above = places.iter().position(|place| *place > at).unwrap_or(places.len());
            let low = above.saturating_sub(1).min(places.len() - 2);
            let share = (at - places[low]) / (places[low + 1] - places[low]);
            let size = table.len() / places.len();
            let row = |index: usize| &table[index * size..(index + 1) * size];
            table = row(low).iter().zip(row(low + 1)).map(|(a, b)| (1.0 - share) * a + share * b).collect();
        }
        -table[0]
    }
}

fn objectives() -> Vec<TestFunction> {
    let surface = Surface::read();
    let unit: Vec<Parameter> = (0..6).map(|index| real(&format!("x{index}"), 0.0, 1.0)).collect();
    vec![
        TestFunction {
            name: "branin",
            space: space(vec![real("x", -5.0, 10.0), real("y", 0.0, 15.0)]),
            function: Box::new(branin),
            least: 0.39788735772973816,
        },
        TestFunction {
            name: "hartmann6",
            space: space(unit),
            function: Box::new(hartmann6),
            least: -3.322368011415515,
        },
        TestFunction {
            name: "quickstart",
            space: surface.space(),
            least: surface.least(),
            function: Box::new(move |at| surface.value(at)),
        },
    ]
}

/// Mean of the logarithms, and the square of its standard error.
fn mean_logarithm(regrets: &[f64]) -> (f64, f64) {
    let logarithms: Vec<f64> = regrets.iter().map(|regret| regret.ln()).collect();
    let count = logarithms.len() as f64;
    let mean = logarithms.iter().sum::<f64>() / count;
    let variance = logarithms.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}

/// Difference of the mean logarithms of two sets of regrets, and its standard error.
fn contrast(ours: &[f64], others: &[f64]) -> (f64, f64) {
    let [(ours, own), (others, their)] = [ours, others].map(mean_logarithm);
    (ours - others, (own + their).sqrt())
}

/// Over the same number of seeds, the median is at most 1.1 times Optuna's, and the mean logarithm is below random
/// search's by an interval that excludes 0 (Welch; 20 seeds: t quantile 2.1).
#[test]
fn regret_is_no_larger_than_optunas_and_smaller_than_random_searchs() {
    let golden = golden();
    for objective in objectives() {
        let optuna = numbers(&golden["regrets"][objective.name]);
        let ours = objective.regrets(&Tpe::default(), 20);
        let random = objective.regrets(&Tpe { startup: EVALUATIONS, ..Tpe::default() }, 20);
        let (found, wanted) = (median(&ours), median(&optuna[..20]));
        let (difference, error) = contrast(&ours, &random);
        eprintln!("{}: {found:.4}, Optuna {wanted:.4}, random {:.4}", objective.name, median(&random));
        assert!(found <= 1.1 * wanted, "{}: {found}, Optuna {wanted}", objective.name);
        assert!(difference + 2.1 * error < 0.0, "{}: {difference} +- {error}", objective.name);
    }
}

/// The medians of twenty seeds vary by half of their value; those of 200 seeds say more.
#[test]
#[cfg_attr(debug_assertions, ignore = "most of a minute without optimisation")]
fn regret_over_200_seeds_is_no_larger_than_optunas() {
    let golden = golden();
    for objective in objectives() {
        let optuna = numbers(&golden["regrets"][objective.name]);
        let ours = objective.regrets(&Tpe::default(), optuna.len() as u64);
        let (found, wanted) = (median(&ours), median(&optuna));
        let (difference, error) = contrast(&ours, &optuna);
        eprintln!("{}: {found:.4}, Optuna {wanted:.4}; log {difference:.3} +- {error:.3}", objective.name);
        assert!(found <= 1.1 * wanted, "{}: {found}, Optuna {wanted}", objective.name);
        assert!(difference < 1.1f64.ln(), "{}: {difference} +- {error}", objective.name);
    }
}

/// The random searches of Optuna and ours are the same distribution: their mean logarithms differ by chance.
#[test]
fn random_search_is_optunas() {
    let golden = golden();
    for objective in objectives() {
        let optuna = numbers(&golden["random_regrets"][objective.name]);
        let ours = objective.regrets(&Tpe { startup: EVALUATIONS, ..Tpe::default() }, 200);
        let (difference, error) = contrast(&ours, &optuna);
        assert!(difference.abs() < 3.0 * error, "{}: {difference} +- {error}", objective.name);
    }
}

/// Choices that decide which other parameters there are: the best branch is found, and its minimum.
#[test]
fn conditional_parameters_are_searched() {
    let conditional = crate::support::conditional();
    let value = |point: &camlab_search::SearchPoint| {
        let at = |index: usize| point[index].as_ref().map(|value| value.number());
        let rate = (at(1).expect("a rate").log10() + 3.0).abs();
        let branch = match (at(0), at(3), at(4), at(5)) {
            (_, Some(layers), _, Some(shift)) => (layers.log2() - 3.0).abs() / 3.0 + (shift - 0.5).abs(),
            (_, None, Some(width), None) => 1.5 + (width - 1.0).abs() / 4.0,
            (_, None, None, Some(shift)) => 1.0 + (shift - 0.5).abs(),
            other => unreachable!("{other:?}"),
        };
        rate + branch
    };
    let best = |tpe: &Tpe, seed: u64| {
        let mut trials: Vec<Trial> = Vec::new();
        while trials.len() < EVALUATIONS {
            for point in tpe.propose(&conditional, seed, &trials, BATCH) {
                // One evaluation in ten fails.
                let failed = camlab_base::random::stream(seed, &format!("{}", trials.len())).random_bool(0.1);
                let outcome = if failed { TrialOutcome::Failed } else { TrialOutcome::Value(value(&point)) };
                trials.push(Trial { point, outcome });
            }
        }
        trials.iter().filter_map(|trial| trial.outcome.value()).fold(f64::INFINITY, f64::min)
    };
    let found = |startup: usize| -> Vec<f64> {
        (0..20).map(|seed| best(&Tpe { startup, ..Tpe::default() }, seed)).collect()
    };
    let (ours, random) = (found(10), found(EVALUATIONS));
    let (difference, error) = contrast(&ours, &random);
    assert!(difference + 2.1 * error < 0.0, "{} and {}", median(&ours), median(&random));
    assert!(median(&ours) < 0.5, "{ours:?}");
}
