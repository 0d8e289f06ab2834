//! Axes of the arrays: their order, the channel that is read, and mirrored maps.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Order of an array's axes, slowest first in NumPy's indexing. Axes of length 1 before or after those declared are
/// ignored: `[1, h, w]`, `[h, w, 1]` and `[1, 1, h, w]` are read as `[h, w]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapAxes {
    /// `[height, width]`.
    #[default]
    Yx,
    /// `[width, height]`: the array is transposed.
    Xy,
    /// `[channels, height, width]`, one map per class.
    Cyx,
    /// `[height, width, channels]`, one map per class.
    Yxc,
}

impl MapAxes {
    /// Number of axes.
    pub fn count(self) -> usize {
        if self.has_channels() { 3 } else { 2 }
    }

    /// `true` if an array holds one map per class.
    pub fn has_channels(self) -> bool {
        matches!(self, Self::Cyx | Self::Yxc)
    }

    /// TOML name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yx => "yx",
            Self::Xy => "xy",
            Self::Cyx => "cyx",
            Self::Yxc => "yxc",
        }
    }
}

/// Mirroring that is undone while a map is read, after its axes were put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapFlip {
    /// The first row is the top of the image, the first column its left.
    #[default]
    None,
    /// The first row is the bottom of the image.
    Vertical,
    /// The first column is the right of the image.
    Horizontal,
}

/// Channel that is read from an array with one map per class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChannelChoice {
    /// The only channel; an array with more is an error. `"only"` in TOML.
    #[default]
    Only,
    /// The channel of the image's label. `"label"` in TOML.
    Label,
    /// One channel for all images, from 0. An integer in TOML.
    Index(usize),
}

impl ChannelChoice {
    /// The channel for an image with the class `label`; `None` for the only one.
    pub fn channel(self, label: usize) -> Option<usize> {
        match self {
            Self::Only => None,
            Self::Label => Some(label),
            Self::Index(index) => Some(index),
        }
    }
}

impl Serialize for ChannelChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Only => serializer.serialize_str("only"),
            Self::Label => serializer.serialize_str("label"),
            Self::Index(index) => serializer.serialize_u64(*index as u64),
        }
    }
}

impl<'de> Deserialize<'de> for ChannelChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl Visitor<'_> for Choice {
            type Value = ChannelChoice;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"only\", \"label\" or the index of a channel, from 0")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<ChannelChoice, E> {
                match value {
                    "only" => Ok(ChannelChoice::Only),
                    "label" => Ok(ChannelChoice::Label),
                    _ => Err(E::custom(format!(
                        "unknown class `{value}`; use \"only\", \"label\" or the index of a channel"
                    ))),
                }
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<ChannelChoice, E> {
                match u32::try_from(value) {
                    Ok(index) => Ok(ChannelChoice::Index(index as usize)),
                    Err(_) => Err(E::custom(format!(
                        "class {value} is out of range; use the index of a channel, from 0 to {}",
                        u32::MAX
                    ))),
                }
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<ChannelChoice, E> {
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::custom(format!(
                        "class {value} is negative; use the index of a channel, from 0"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Choice)
    }
}

impl JsonSchema for ChannelChoice {
    fn schema_name() -> Cow<'static, str> {
        "ChannelChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Channel that is read from an array with one map per class: the only one, that of the \
                            image's label, or one by index from 0.",
            "anyOf": [
                { "type": "string", "enum": ["only", "label"] },
                { "type": "integer", "minimum": 0, "maximum": u32::MAX },
            ],
        })
    }
}
