use serde_json::Value;

use super::{SharedText, StageSpec};

impl StageSpec {
    /// The dotted names of all fields that differ from `other`, with both values.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.version != other.version {
            found.push(format!("version of the {} stage: {} -> {}", self.kind, other.version, self.version));
        }
        if self.instructions != other.instructions {
            let name = |spec: &Self| spec.instructions.clone().unwrap_or(SharedText::of_static("none"));
            found.push(format!("instruction set: {} -> {}", name(other), name(self)));
        }
        differ("", &other.params.value(), &self.params.value(), &mut found);
        let mut roles = self.inputs.roles();
        roles.extend(other.inputs.roles().into_iter().filter(|role| !self.inputs.contains(role)));
        // What made an input reports its own differences.
        for role in roles.into_iter().filter(|role| !self.inputs.get(role).eq(other.inputs.get(role))) {
            found.push(format!("{role} changed"));
        }
        found
    }
}

fn differ(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old == new {
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
