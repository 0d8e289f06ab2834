use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content address of an artefact: blake3 of its [`StageSpec`], in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageKey(pub String);

impl StageKey {
    /// Enough of it for people.
    pub fn short(&self) -> &str {
        &self.0[..self.0.len().min(10)]
    }
}

impl std::fmt::Display for StageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything an artefact depends on; kept beside it, so that a plan can say which part changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSpec {
    /// `train`, `fuse`, `predict`, `map`, `cluster` or `evaluate`.
    pub stage: String,
    /// Which network, method and layer, for people; no part of the key.
    pub label: String,
    /// Bumped whenever the stage's numbers change.
    pub version: u32,
    /// What the file says about it, defaults spelled out.
    pub params: Value,
    /// Keys and digests of what it is made from.
    pub inputs: Value,
}

impl StageSpec {
    /// The key: the same material gives the same key on every machine.
    pub fn key(&self) -> StageKey {
        // `serde_json` keeps object keys sorted, so the text is canonical.
        let text = serde_json::json!([self.stage, self.version, self.params, self.inputs]).to_string();
        StageKey(blake3::hash(text.as_bytes()).to_hex().to_string())
    }

    /// The dotted names of what differs from another material, with both values.
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
    // What is made by another stage has changes of its own, told there.
    let made = |value: &Value| value.is_string() || value.is_array();
    if ["network", "maps", "members", "predictions", "polynomial", "cluster"].contains(&path)
        && made(old)
        && made(new)
    {
        found.push(format!("{path} made anew"));
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
