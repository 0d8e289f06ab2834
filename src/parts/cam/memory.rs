//! Memory budget that limits the number of passes a method runs together.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CamError;
use camlab_base::bytes;
use camlab_engine::Variants;

/// Memory budget for passes that run together: an amount, `"256 MB"`, or a number of passes. Changes no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryBudget {
    /// Bytes for activations and inputs; the network's weights and the kernels' work space come on top.
    Bytes(u64),
    /// Number of passes that run together.
    Passes(usize),
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self::Bytes(256_000_000)
    }
}

impl MemoryBudget {
    /// Number of versions of an input that may run together.
    ///
    /// # Errors
    /// [`CamError::Memory`] when not even one fits; [`CamError::Engine`] for an input that does not suit the engine.
    pub fn together(self, variants: &Variants<'_>) -> Result<usize, CamError> {
        match self {
            Self::Passes(passes) => Ok(passes),
            Self::Bytes(bytes) => {
                let each = variants.bytes_each()? as u64;
                match bytes / each.max(1) {
                    0 => Err(CamError::Memory { budget: self.to_string(), needed: each.div_ceil(1_000_000) }),
                    passes => Ok(usize::try_from(passes).unwrap_or(usize::MAX)),
                }
            }
        }
    }

    /// Number of passes of `bytes` each that run together, at least 1.
    pub fn batch(self, bytes: usize) -> usize {
        match self {
            Self::Passes(passes) => passes.max(1),
            Self::Bytes(budget) => usize::try_from(budget / bytes.max(1) as u64).unwrap_or(usize::MAX).max(1),
        }
    }

    fn parse(written: &str) -> Option<Self> {
        bytes::parse(written).filter(|bytes| *bytes > 0).map(Self::Bytes)
    }
}

impl std::fmt::Display for MemoryBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Passes(passes) => write!(f, "{passes}"),
            Self::Bytes(amount) => f.write_str(&bytes::exact(*amount)),
        }
    }
}

impl Serialize for MemoryBudget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Passes(passes) => serializer.serialize_u64(*passes as u64),
            Self::Bytes(_) => serializer.serialize_str(&self.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for MemoryBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "memory is an amount such as \"256 MB\" or a number of forward passes")]
        enum Written {
            Number(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(passes) => match usize::try_from(passes) {
                Ok(passes) if passes > 0 => Ok(Self::Passes(passes)),
                _ => Err(D::Error::custom(format!(
                    "memory = {passes} is out of range; write 1 forward pass or more, or an amount such as \"256 MB\""
                ))),
            },
            Written::Text(text) => Self::parse(&text).ok_or_else(|| {
                D::Error::custom(format!(
                    "memory = \"{text}\" is not an amount; write a number and one of {}: \"256 MB\"",
                    bytes::UNIT_NAMES
                ))
            }),
        }
    }
}

impl MemoryBudget {
    /// Schema of an amount with a unit.
    pub(crate) fn amount() -> Schema {
        // The units of [`bytes::parse`]; an amount is above 0.
        json_schema!({ "type": "string", "pattern": r"^\+?0*[1-9][0-9]*\s*(B|kB|MB|GB|MiB|GiB)$" })
    }
}

impl JsonSchema for MemoryBudget {
    fn schema_name() -> Cow<'static, str> {
        "MemoryBudget".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Memory budget for passes that run together: an amount, `\"256 MB\"`, or a number of passes.",
            "anyOf": [Self::amount(), { "type": "integer", "minimum": 1 }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryBudget;

    #[test]
    fn amounts_are_read_and_written() {
        for (text, bytes) in [
            ("256 MB", 256_000_000),
            ("2 GiB", 2 << 30),
            ("900kB", 900_000),
            ("3 MiB", 3 << 20),
            ("1234 B", 1234),
        ] {
            let memory = MemoryBudget::parse(text).expect(text);
            assert_eq!(memory, MemoryBudget::Bytes(bytes));
            assert_eq!(MemoryBudget::parse(&memory.to_string()), Some(memory));
        }
        for text in ["256", "MB", "-1 MB", "0 GB", "1.5 GB", "99999999999999 GB", ""] {
            assert_eq!(MemoryBudget::parse(text), None, "{text}");
        }
    }
}
