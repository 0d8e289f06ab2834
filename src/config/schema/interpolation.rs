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
        return;
    }
    if let Some(names) = own.remove("enum") {
        own.remove("type");
        let names = json!({ "type": "string", "enum": names });
        own.insert("anyOf".into(), json!([names, { "type": "string", "pattern": PATTERN }]));
        return;
    }
    match own.get("type").cloned() {
        // `pattern` is about strings only.
        Some(Value::String(name)) if name != "string" => {
            own.insert("type".into(), json!([name, "string"]));
            own.insert("pattern".into(), PATTERN.into());
        }
        Some(Value::Array(mut names)) => {
            names.push("string".into());
            own.insert("type".into(), names.into());
            own.insert("pattern".into(), PATTERN.into());
        }
        _ => {
            if let Some(Value::String(pattern)) = own.get_mut("pattern") {
                *pattern = format!("{pattern}|{PATTERN}");
            }
        }
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
