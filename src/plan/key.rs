use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content address of an artefact: blake3 of its [`StageSpec`], in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageKey(pub String);

impl StageKey {
    /// The first ten characters, for display.
    pub fn short(&self) -> &str {
        &self.0[..self.0.len().min(10)]
    }
}

impl std::fmt::Display for StageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that an artefact depends on; stored with it, so that a plan can name the part that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSpec {
    /// Kind of the stage: `train`, `fuse`, `predict`, `map`, `cluster`, `evaluate` ...
    pub stage: String,
    /// Network, method and layer, for display; not part of the key.
    pub label: String,
    /// Incremented whenever the stage's results change.
    pub version: u32,
    /// The options from the experiment file, defaults resolved.
    pub params: Value,
    /// Keys and digests of the stage's inputs.
    pub inputs: Value,
}

impl StageSpec {
    /// The key; equal specifications have the same key on every machine.
    pub fn key(&self) -> StageKey {
        // `serde_json` keeps object keys sorted, so the text is canonical.
        let text = serde_json::json!([self.stage, self.version, self.params, self.inputs]).to_string();
        StageKey(blake3::hash(text.as_bytes()).to_hex().to_string())
    }

    /// The dotted names of all fields that differ from `other`, with both values.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.version != other.version {
            found.push(format!("version of the {} stage: {} -> {}", self.stage, other.version, self.version));
        }
        differ("", &other.params, &self.params, &mut found);
        differ("", &other.inputs, &self.inputs, &mut found);
        found
    }
}

fn differ(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    // Inputs made by another stage report their own differences.
    let made = |value: &Value| value.is_string() || value.is_array();
    if ["network", "maps", "members", "predictions", "polynomial", "cluster"].contains(&path)
        && made(old)
        && made(new)
    {
        found.push(format!("{path} changed"));
        return;
    }
    let (Value::Object(a), Value::Object(b)) = (old, new) else {
        found.push(format!("{path}: {} -> {}", brief(old), brief(new)));
        return;
    };
    let mut names: Vec<_> = a.keys().chain(b.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        differ(&inner, a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null), found);
    }
}

fn brief(value: &Value) -> String {
    let text = match value {
        Value::Null => "(absent)".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let short: String = text.chars().take(24).collect();
    if short.len() < text.len() { format!("{short}…") } else { text }
}
