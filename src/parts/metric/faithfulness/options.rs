//! Ranges of the options of faithfulness metrics, checked while TOML is parsed, so that errors point at the line.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

/// Most steps, draws or samples of one image.
const MOST: u64 = 10_000;

/// Number of steps, draws or samples, at least 1.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let written = i64::deserialize(deserializer)?;
    match u64::try_from(written) {
        Ok(count) if (1..=MOST).contains(&count) => Ok(count as usize),
        _ => Err(D::Error::custom(format!("{written} is out of range; use a whole number from 1 to {MOST}"))),
    }
}

/// Schema of [`count`].
pub(super) fn count_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": MOST })
}

/// Number of draws for each of which maps are made again, from 1 to 100: their artefacts are read together.
pub(super) fn draws<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let written = i64::deserialize(deserializer)?;
    match usize::try_from(written) {
        Ok(draws @ 1..=100) => Ok(draws),
        _ => Err(D::Error::custom(format!("{written} is out of range; use a whole number from 1 to 100"))),
    }
}

/// Schema of [`draws`].
pub(super) fn draws_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 })
}

/// Largest size of a change, standard deviations.
const LARGEST: f64 = 1000.0;

/// Size of a change, a number above 0 and at most [`LARGEST`].
pub(super) fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let written = f64::deserialize(deserializer)?;
    match written as f32 > 0.0 && written <= LARGEST {
        true => Ok(written as f32),
        false => Err(D::Error::custom(format!(
            "{written} is out of range; use a number above 0, at most {LARGEST}"
        ))),
    }
}

/// Schema of [`positive`].
pub(super) fn positive_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": LARGEST })
}

/// Standard deviation of added noise, a finite number of at least 0.
pub(super) fn noise<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let written = f64::deserialize(deserializer)?;
    match (0.0..=LARGEST).contains(&written) {
        true => Ok(written as f32),
        false => Err(D::Error::custom(format!(
            "{written} is out of range; use 0 for none, or a number above 0, at most {LARGEST}"
        ))),
    }
}

/// Schema of [`noise`].
pub(super) fn noise_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0, "maximum": LARGEST })
}

/// Percentiles above 0 and below 100, ascending or not, each once.
pub(super) fn percentiles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let written = Vec::<f64>::deserialize(deserializer)?;
    if written.is_empty() {
        return Err(D::Error::custom("the list is empty; add a percentile, such as 50"));
    }
    for (place, value) in written.iter().enumerate() {
        if !(*value > 0.0 && *value < 100.0) {
            return Err(D::Error::custom(format!(
                "percentile {value} is out of range; use a number above 0 and below 100"
            )));
        }
        if written[..place].contains(value) {
            return Err(D::Error::custom(format!("{value} is listed twice; remove one")));
        }
    }
    Ok(written)
}

/// Schema of [`percentiles`].
pub(super) fn percentiles_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100 },
        "minItems": 1,
        "uniqueItems": true
    })
}

/// A measure's name with the options that are not at their defaults: `insertion@steps=20`.
pub(super) fn named(name: &str, options: &[(&str, Option<String>)]) -> String {
    let changed = options.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?)));
    let changed: Vec<String> = changed.collect();
    if changed.is_empty() { name.to_owned() } else { format!("{name}@{}", changed.join(",")) }
}
