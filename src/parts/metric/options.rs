//! Ranges of the metrics' options, checked while TOML is parsed, so that errors point at the line.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

/// Minimum IoU of a correct box, in (0, 1].
pub(super) fn iou<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    checked_iou(f64::deserialize(deserializer)?)
}

/// List of minimum IoUs.
pub(super) fn ious<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    list(deserializer, "an IoU", checked_iou)
}

/// Thresholds relative to the map's maximum, in [0, 1).
pub(super) fn taus<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    list(deserializer, "a threshold", |tau| match (0.0..1.0).contains(&tau) {
        true => Ok(tau),
        false => Err(D::Error::custom(format!(
            "threshold {tau} is out of range; use a fraction of the map's maximum, from 0 to below 1"
        ))),
    })
}

/// Thresholds on a map in `[0, 1]`.
pub(super) fn thresholds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    let listed = list(deserializer, "a threshold", |threshold| match (0.0..=1.0).contains(&threshold) {
        true => Ok(threshold),
        false => Err(D::Error::custom(format!(
            "threshold {threshold} is out of range; use 0 to 1, the range of the scaled maps"
        ))),
    })?;
    Ok(listed.into_iter().map(|threshold| threshold as f32).collect())
}

/// Confidence level of an interval, in (0, 1).
pub(super) fn confidence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let written = f64::deserialize(deserializer)?;
    match written > 0.0 && written < 1.0 {
        true => Ok(written),
        false => Err(D::Error::custom(format!(
            "confidence {written} is out of range; use a number between 0 and 1, such as 0.95"
        ))),
    }
}

/// Distance of map thresholds, from 0.0001 to 1.
pub(super) fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let written = f64::deserialize(deserializer)?;
    match (1e-4..=1.0).contains(&written) {
        true => Ok(written),
        false => Err(D::Error::custom(format!(
            "interval {written} is out of range; use 0.0001 to 1, such as 0.001"
        ))),
    }
}

/// Distance in pixels, a finite number of at least 0.
pub(super) fn distance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let written = f64::deserialize(deserializer)?;
    match written >= 0.0 && (written as f32).is_finite() {
        true => Ok(written as f32),
        false => Err(D::Error::custom(format!(
            "distance {written} is out of range; use a number of pixels from 0"
        ))),
    }
}

/// Number of pixels, at least 1.
pub(super) fn pixels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let written = i64::deserialize(deserializer)?;
    usize::try_from(written)
        .ok()
        .filter(|pixels| *pixels > 0)
        .ok_or_else(|| D::Error::custom(format!("{written} is out of range; use a number of pixels from 1")))
}

/// Schema of [`interval`].
pub(super) fn interval_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0.0001, "maximum": 1 })
}

/// Schema of [`distance`].
pub(super) fn distance_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0 })
}

/// Schema of [`pixels`].
pub(super) fn pixels_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1 })
}

/// Number of bins of confidence, from 1 to 1000.
pub(super) fn bins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let bins = i64::deserialize(deserializer)?;
    match usize::try_from(bins) {
        Ok(bins @ 1..=1000) => Ok(bins),
        _ => Err(D::Error::custom(format!("{bins} bins are out of range; use 1 to 1000 for `bins`"))),
    }
}

/// Schema of [`iou`].
pub(super) fn iou_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 })
}

/// Schema of [`ious`].
pub(super) fn ious_schema(generator: &mut SchemaGenerator) -> Schema {
    list_schema(iou_schema(generator))
}

/// Schema of [`taus`].
pub(super) fn taus_schema(_: &mut SchemaGenerator) -> Schema {
    list_schema(json_schema!({ "type": "number", "minimum": 0, "exclusiveMaximum": 1 }))
}

/// Schema of [`thresholds`].
pub(super) fn thresholds_schema(_: &mut SchemaGenerator) -> Schema {
    list_schema(json_schema!({ "type": "number", "minimum": 0, "maximum": 1 }))
}

/// Schema of [`confidence`].
pub(super) fn confidence_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 })
}

/// Schema of [`bins`].
pub(super) fn bins_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 1000 })
}

fn list_schema(item: Schema) -> Schema {
    json_schema!({ "type": "array", "items": item, "minItems": 1, "uniqueItems": true })
}

fn checked_iou<E: Error>(iou: f64) -> Result<f64, E> {
    match iou > 0.0 && iou <= 1.0 {
        true => Ok(iou),
        false => Err(E::custom(format!("IoU {iou} is out of range; use a number above 0 and at most 1"))),
    }
}

fn list<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
    check: impl Fn(f64) -> Result<f64, D::Error>,
) -> Result<Vec<f64>, D::Error> {
    let written = Vec::<f64>::deserialize(deserializer)?;
    if written.is_empty() {
        return Err(D::Error::custom(format!("the list is empty; add {what}")));
    }
    for (place, value) in written.iter().enumerate() {
        if written[..place].contains(value) {
            return Err(D::Error::custom(format!("{value} is listed twice; remove one")));
        }
    }
    written.into_iter().map(check).collect()
}

/// A fraction as written in a measure's name: `0.3` as `30`.
pub(super) fn percent(part: f64) -> String {
    ((part * 1e8).round() / 1e6).to_string()
}
