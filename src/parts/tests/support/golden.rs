//! The golden numbers of the metrics (`fixtures/golden/metrics/make.py`).
#![allow(dead_code, reason = "each test binary uses a part")]

use serde_json::Value;

pub fn golden() -> Value {
    serde_json::from_str(include_str!("../../../../fixtures/golden/metrics/metrics.json"))
        .expect("golden numbers")
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

pub fn size(value: &Value) -> usize {
    value.as_u64().expect("a size") as usize
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

pub fn floats(value: &Value) -> Vec<f32> {
    list(value).iter().map(|value| number(value) as f32).collect()
}

pub fn doubles(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

/// The values of `[value, length]` runs.
pub fn runs(value: &Value) -> Vec<u8> {
    list(value).iter().flat_map(|run| vec![number(&run[0]) as u8; size(&run[1])]).collect()
}

/// `[channels, pixels]` to `[pixels, channels]`.
pub fn interleaved(planes: &[f32], channels: usize) -> Vec<f32> {
    let pixels = planes.len() / channels;
    (0..pixels).flat_map(|pixel| (0..channels).map(move |channel| planes[channel * pixels + pixel])).collect()
}

#[track_caller]
pub fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance, "{found}, not {wanted}");
}
