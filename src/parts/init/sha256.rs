use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// A sha256 from an experiment file: 64 hexadecimal digits, stored in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sha256(String);

impl Sha256 {
    /// Parses `written`; `None` if it is not 64 hexadecimal digits.
    pub fn new(written: &str) -> Option<Self> {
        let digits = written.len() == 64 && written.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| Self(written.to_ascii_lowercase()))
    }

    /// The 64 digits, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        Self::new(&written).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{written}` is not a sha256; write 64 hexadecimal digits, as printed by `sha256sum FILE`"
            ))
        })
    }
}

impl JsonSchema for Sha256 {
    fn schema_name() -> Cow<'static, str> {
        "Sha256".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" })
    }
}
