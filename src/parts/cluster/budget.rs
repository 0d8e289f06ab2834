use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::cam::MemoryBudget;

/// Memory budget in bytes for data held at once, such as `"1 GB"`. Changes no result: data that does not fit is an
/// error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MemoryBudget", into = "MemoryBudget")]
pub struct Budget(pub u64);

impl Default for Budget {
    fn default() -> Self {
        Self(1_000_000_000)
    }
}

impl TryFrom<MemoryBudget> for Budget {
    type Error = String;

    fn try_from(memory: MemoryBudget) -> Result<Self, String> {
        match memory {
            MemoryBudget::Bytes(bytes) => Ok(Self(bytes)),
            MemoryBudget::Passes(number) => Err(format!(
                "memory = {number} is not an amount; write a number with a unit, such as \"1 GB\""
            )),
        }
    }
}

impl From<Budget> for MemoryBudget {
    fn from(budget: Budget) -> Self {
        Self::Bytes(budget.0)
    }
}

impl JsonSchema for Budget {
    fn schema_name() -> Cow<'static, str> {
        "Budget".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        MemoryBudget::amount()
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        MemoryBudget::from(*self).fmt(f)
    }
}
