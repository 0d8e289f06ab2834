use serde::{Deserialize, Serialize};

use crate::cam::Memory;

/// A budget for what is held at once, like `"1 GB"`. It changes no result: what does not fit is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Memory", into = "Memory")]
pub struct Budget(pub u64);

impl Default for Budget {
    fn default() -> Self {
        Self(1_000_000_000)
    }
}

impl TryFrom<Memory> for Budget {
    type Error = String;

    fn try_from(memory: Memory) -> Result<Self, String> {
        match memory {
            Memory::Bytes(bytes) => Ok(Self(bytes)),
            Memory::Passes(number) => Err(format!("memory = {number} is no amount; write \"1 GB\"")),
        }
    }
}

impl From<Budget> for Memory {
    fn from(budget: Budget) -> Self {
        Self::Bytes(budget.0)
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Memory::from(*self).fmt(f)
    }
}
