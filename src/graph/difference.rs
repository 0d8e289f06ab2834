use serde_json::Value;

use super::{SharedText, StageInput, StageOptions, StageSpec};

/// An option that has another value than before.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionChange {
    /// The names of the tables that contain it, from the outside, and its own; a position for an element of a list.
    pub path: Vec<String>,
    /// The value before; `null` if there was none.
    pub old: Value,
    /// The value now; `null` if there is none.
    pub new: Value,
}

/// A difference between the specifications of two stages of a kind.
#[derive(Debug, Clone, PartialEq)]
pub enum SpecChange {
    /// The kind of stage, or the method that it applies, has another version.
    Version {
        /// The version before.
        old: u32,
        /// The version now.
        new: u32,
    },
    /// The instruction set of the kernels; `none` for a stage that runs none.
    Instructions {
        /// The set before.
        old: SharedText,
        /// The set now.
        new: SharedText,
    },
    /// An option.
    Option(OptionChange),
    /// The inputs of a role.
    Input {
        /// The role.
        role: SharedText,
        /// The inputs before, in order.
        old: Vec<StageInput>,
        /// The inputs now, in order.
        new: Vec<StageInput>,
    },
}

impl StageSpec {
    /// The differences from an older specification, options aside: version, then inputs sorted by role.
    pub fn input_changes(&self, old: &Self) -> Vec<SpecChange> {
        let mut found = Vec::new();
        if self.version != old.version {
            found.push(SpecChange::Version { old: old.version, new: self.version });
        }
        if self.instructions != old.instructions {
            let set = |spec: &Self| spec.instructions.clone().unwrap_or(SharedText::of_static("none"));
            found.push(SpecChange::Instructions { old: set(old), new: set(self) });
        }
        let mut roles = self.inputs.roles();
        roles.extend(old.inputs.roles().into_iter().filter(|role| !self.inputs.contains(role)));
        for role in roles.into_iter().filter(|role| !self.inputs.get(role).eq(old.inputs.get(role))) {
            let of = |spec: &Self| spec.inputs.get(role).cloned().collect();
            found.push(SpecChange::Input { role: role.into(), old: of(old), new: of(self) });
        }
        found
    }
}

impl StageOptions {
    /// The differences from older options.
    pub fn changes(&self, old: &Self) -> Vec<OptionChange> {
        // The texts are canonical.
        if self == old { Vec::new() } else { OptionChange::all(&old.value(), &self.value()) }
    }
}

impl OptionChange {
    /// The differences between two values, in the order of their paths. Tables without a common key, such as two items
    /// of a registry, differ as a whole.
    pub fn all(old: &Value, new: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        compare(&mut Vec::new(), old, new, &mut found);
        found
    }

    /// The path, joined by dots.
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

fn compare(path: &mut Vec<String>, old: &Value, new: &Value, found: &mut Vec<OptionChange>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(a), Value::Object(b)) if a.keys().any(|name| b.contains_key(name)) => {
            let mut names: Vec<_> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                path.push(name.clone());
                compare(
                    path,
                    a.get(name).unwrap_or(&Value::Null),
                    b.get(name).unwrap_or(&Value::Null),
                    found,
                );
                path.pop();
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() && a.iter().any(Value::is_object) => {
            for (index, (old, new)) in a.iter().zip(b).enumerate() {
                path.push(index.to_string());
                compare(path, old, new, found);
                path.pop();
            }
        }
        _ => found.push(OptionChange { path: path.clone(), old: old.clone(), new: new.clone() }),
    }
}

/// Longest text of a value in a message, in characters.
const LONGEST: usize = 40;

/// A change of a value in a message, `0.1 -> 0.2`; of two items of a registry the names alone.
pub fn brief_change(old: &Value, new: &Value) -> String {
    let item = |value: &Value| match value {
        Value::Object(table) if table.len() == 1 => table.keys().next().cloned(),
        _ => None,
    };
    match (item(old), item(new)) {
        (Some(old), Some(new)) if old != new => format!("{old} -> {new}"),
        _ => format!("{} -> {}", brief(old), brief(new)),
    }
}

/// A value in a message: strings without quotes, items of a registry by their names, numbers that were an `f32` as one,
/// long values cut.
fn brief(value: &Value) -> String {
    let text = match value {
        Value::Null => "(absent)".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) => plain(number),
        Value::Object(table) if table.len() == 1 => {
            let item = table.iter().next();
            item.map_or_else(String::new, |(name, inner)| match inner {
                Value::Object(options) if !options.is_empty() => format!("{name} {}", written(inner)),
                Value::Object(_) | Value::Null => name.clone(),
                other => format!("{name} {}", written(other)),
            })
        }
        other => written(other),
    };
    let short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() { format!("{}…", short.trim_end()) } else { text }
}

/// A value as TOML would be written on one line.
fn written(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let entry = |(name, value): (&String, &Value)| format!("{name} = {}", written(value));
            let entries = table.iter().filter(|(_, value)| !value.is_null()).map(entry);
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Number(number) => plain(number),
        other => other.to_string(),
    }
}

/// A number; one that was an `f32` is printed as one: 0.1, not 0.10000000149011612.
fn plain(number: &serde_json::Number) -> String {
    let wide = number.as_f64().filter(|_| number.is_f64());
    match wide.map(|wide| (wide, wide as f32)) {
        Some((wide, narrow)) if f64::from(narrow) == wide => narrow.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: Value, new: Value) -> Vec<String> {
        let line =
            |change: OptionChange| format!("{}: {}", change.name(), brief_change(&change.old, &change.new));
        OptionChange::all(&old, &new).into_iter().map(line).collect()
    }

    #[test]
    fn values_are_compared_key_by_key() {
        let old = json!({ "a": { "b": 1, "c": [1, 2] }, "d": null });
        let new = json!({ "a": { "b": 2, "c": [1, 3] }, "d": "x" });
        assert_eq!(told(old, new), ["a.b: 1 -> 2", "a.c: [1, 2] -> [1, 3]", "d: (absent) -> x"]);
    }

    #[test]
    fn items_of_a_registry_are_one_value() {
        let old = json!({ "scheme": { "kaiming-normal": { "mode": "fan-out" } } });
        let new = json!({ "scheme": { "orthogonal": {} } });
        assert_eq!(told(old, new), ["scheme: kaiming-normal -> orthogonal"]);
        assert_eq!(brief(&json!({ "a": { "b": "c" } })), "a { b = \"c\" }");
    }

    #[test]
    fn lists_of_tables_are_compared_place_by_place() {
        let old = json!([{ "a": 1 }, { "a": 2 }]);
        assert_eq!(told(old.clone(), json!([{ "a": 1 }, { "a": 3 }])), ["1.a: 2 -> 3"]);
        assert_eq!(told(old, json!([{ "a": 1 }])).len(), 1);
    }

    #[test]
    fn a_number_that_was_an_f32_is_printed_as_one() {
        assert_eq!(brief(&json!(0.1f32)), "0.1");
        assert_eq!((brief(&json!(0.05)), brief(&json!(12))), ("0.05".into(), "12".into()));
        assert_eq!(brief(&json!("x".repeat(100))).chars().count(), LONGEST + 1);
    }
}
