//! Spaces of the tests and the golden file.

use camlab_search::{Domain, Parameter, ParentChoice, SearchPoint, SearchSpace};
use serde_json::Value;

/// Golden numbers (`fixtures/golden/search/make.py`).
pub fn golden() -> Value {
    let text = include_str!("../../../../fixtures/golden/search/optuna.json");
    serde_json::from_str(text).expect("JSON")
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

pub fn parameter(name: &str, domain: Domain) -> Parameter {
    Parameter { name: name.into(), domain, when: Vec::new() }
}

pub fn real(name: &str, low: f64, high: f64) -> Parameter {
    parameter(name, Domain::Real { low, high, log: false })
}

pub fn space(parameters: Vec<Parameter>) -> SearchSpace {
    SearchSpace::new(parameters).expect("a space")
}

/// Every kind of domain, and conditions on conditions.
pub fn conditional() -> SearchSpace {
    let when = |parent, choices: &[usize]| vec![ParentChoice { parent, choices: choices.to_vec() }];
    space(vec![
        parameter("method", Domain::Choice { count: 3 }),
        parameter("rate", Domain::Real { low: 1e-5, high: 1e-1, log: true }),
        Parameter { when: when(0, &[0, 2]), ..parameter("kind", Domain::Choice { count: 2 }) },
        Parameter {
            when: when(2, &[1]),
            ..parameter("layers", Domain::Whole { low: 1, high: 64, log: true })
        },
        Parameter {
            when: when(0, &[1]),
            ..parameter("width", Domain::Whole { low: -3, high: 4, log: false })
        },
        Parameter { when: when(0, &[2, 0]), ..real("shift", -1.0, 2.0) },
        parameter("fixed", Domain::Whole { low: 5, high: 5, log: false }),
    ])
}

/// Values of a point all of whose parameters are active.
pub fn values(point: &SearchPoint) -> Vec<f64> {
    point.iter().map(|value| value.as_ref().expect("active").number()).collect()
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    camlab_base::quantile(&sorted, 0.5).expect("values")
}
