//! The numbers of `fixtures/golden/chain`, which scikit-learn and numpy made.

use camlab::parts::cluster::Points;
use serde_json::Value;

pub fn golden(name: &str) -> Value {
    let text = include_str!("../../../fixtures/golden/chain/golden.json");
    let all: Value = serde_json::from_str(text).unwrap();
    all[name].clone()
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

pub fn labels(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
}

/// Labels of which -1 is none.
pub fn known(value: &Value) -> Vec<Option<u32>> {
    value.as_array().unwrap().iter().map(|number| u32::try_from(number.as_i64().unwrap()).ok()).collect()
}

pub fn points(value: &Value, dims: usize) -> Points {
    Points { dims, data: numbers(value).into_iter().map(|number| number as f32).collect() }
}

pub fn rows(value: &Value, dims: usize) -> Vec<Vec<f64>> {
    numbers(value).chunks_exact(dims).map(<[f64]>::to_vec).collect()
}

pub fn close(found: impl IntoIterator<Item = f64>, wanted: &[f64], within: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), wanted.len());
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!((found - wanted).abs() <= within * wanted.abs().max(1.0), "{at}: {found} for {wanted}");
    }
}
