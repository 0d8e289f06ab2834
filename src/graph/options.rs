use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The options of a stage, as JSON text with sorted keys: a plan holds tens of thousands, and a tree of values takes ten
/// times the memory. Serialised as the value that the text stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StageOptions(Arc<str>);

impl StageOptions {
    /// The text of some options.
    pub fn new(options: &Value) -> Self {
        Self(options.to_string().into())
    }

    /// The text of the options of some work in the order of its fields: to be read back, not to be compared.
    pub fn of(work: &impl Serialize) -> Self {
        Self(serde_json::to_string(work).unwrap_or_default().into())
    }

    /// The options as a value.
    pub fn value(&self) -> Value {
        self.read().unwrap_or(Value::Null)
    }

    /// The options as a type; `None` if they are not its.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Serialize for StageOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StageOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::new(&value))
    }
}
