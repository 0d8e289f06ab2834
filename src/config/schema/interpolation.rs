//! Interpolation: any value may be written as a string that contains `${...}`.

use serde_json::{Value, json};

/// Pattern of a string that contains `${...}`.
const PATTERN: &str = r"\$\{";

/// Allows such a string in place of every value of the root's keys and of the definitions.
pub(super) fn allow(root: &mut Value) {
    inside(root);
    for schema in super::definitions(root).values_mut() {
        here(schema);
    }
}

/// Allows it in place of the value of a schema and of the values inside it.
fn here(schema: &mut Value) {
    inside(schema);
    let Some(own) = schema.as_object_mut() else { return };
    if let Some(Value::Array(alternatives)) = own.get_mut("anyOf") {
        alternatives.push(json!({ "type": "string", "pattern": PATTERN }));
    }
    // `pattern` is about strings only.
    let names = match own.get("type") {
        Some(Value::String(name)) if name != "string" => Some(json!([name, "string"])),
        Some(Value::Array(names)) if !names.contains(&"string".into()) => {
            Some(names.iter().cloned().chain(["string".into()]).collect())
        }
        _ => None,
    };
    match own.get("pattern").and_then(Value::as_str) {
        Some(pattern) => own.insert("pattern".into(), format!("{pattern}|{PATTERN}").into()),
        None if names.is_some() => own.insert("pattern".into(), PATTERN.into()),
        None => None,
    };
    if let Some(names) = names {
        own.insert("type".into(), names);
    }
}

/// Allows it in place of the values inside a schema.
fn inside(schema: &mut Value) {
    let Some(own) = schema.as_object_mut() else { return };
    for (key, value) in own {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(here),
            ("items" | "additionalProperties", value) => here(value),
            ("anyOf", Value::Array(alternatives)) => alternatives.iter_mut().for_each(inside),
            _ => {}
        }
    }
}
