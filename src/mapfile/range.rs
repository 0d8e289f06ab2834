//! Range of the stored values, and the values that mean object.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Range of the stored values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum MapRange {
    /// Unknown: values are taken as they are, for a later step that scales each map by its own minimum and maximum.
    /// `"min-max"` in TOML.
    #[default]
    MinMax,
    /// Declared: `low` becomes 0 and `high` becomes 1, linearly. `[low, high]` in TOML.
    Bounds {
        /// Lowest possible value, finite.
        low: f64,
        /// Highest possible value, finite and above `low`.
        high: f64,
    },
}

/// Values that mean object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapPolarity {
    /// High values.
    #[default]
    Bright,
    /// Low values: maps are inverted while they are read.
    Dark,
}

impl MapRange {
    /// Part of the width by which a value may exceed a declared range; it then counts as the bound.
    pub const TOLERANCE: f64 = 1e-6;
}

impl std::fmt::Display for MapRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MinMax => f.write_str("\"min-max\""),
            Self::Bounds { low, high } => write!(f, "[{low}, {high}]"),
        }
    }
}

impl Serialize for MapRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::MinMax => serializer.serialize_str("min-max"),
            Self::Bounds { low, high } => [low, high].serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for MapRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounds;

        impl<'de> Visitor<'de> for Bounds {
            type Value = MapRange;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"min-max\" or `[low, high]`")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<MapRange, E> {
                match value {
                    "min-max" => Ok(MapRange::MinMax),
                    _ => Err(E::custom(format!("unknown range `{value}`; use \"min-max\" or `[low, high]`"))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<MapRange, A::Error> {
                let missing = |i| A::Error::invalid_length(i, &"`[low, high]`");
                let low: f64 = seq.next_element()?.ok_or_else(|| missing(0))?;
                let high: f64 = seq.next_element()?.ok_or_else(|| missing(1))?;
                if seq.next_element::<IgnoredAny>()?.is_some() {
                    return Err(missing(3));
                }
                match low < high && (high - low).is_finite() {
                    true => Ok(MapRange::Bounds { low, high }),
                    false => Err(A::Error::custom(format!(
                        "range [{low}, {high}] is empty or infinite; write the lowest possible value first, then \
                         the highest, such as [0, 255]"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Bounds)
    }
}

impl JsonSchema for MapRange {
    fn schema_name() -> Cow<'static, str> {
        "MapRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Range of the stored values: `\"min-max\"` if it is unknown (each map is scaled by its own \
                            minimum and maximum), or `[low, high]`, which become 0 and 1.",
            "anyOf": [
                { "type": "string", "const": "min-max" },
                { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 },
            ],
        })
    }
}
