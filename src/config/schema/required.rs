//! Required keys, apart from the rest of the schema: a file that extends others may lack what those give.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::choice;

/// Path of the definition that asks for the required keys of a type.
pub(super) fn reference(name: &str) -> String {
    format!("#/definitions/{}", key(name))
}

fn key(name: &str) -> String {
    format!("{name}.required")
}

/// Definitions that ask for the required keys of every type that has some, and nothing else; the root's is
/// `Experiment`.
pub(super) fn definitions(root: &Value) -> Map<String, Value> {
    let types = root["definitions"].as_object().expect("the root schema has definitions");
    let mut strict: BTreeSet<&str> = BTreeSet::new();
    // A type may ask for something through the types of its keys, which may refer to each other.
    loop {
        let more = types.iter().filter(|(name, _)| !strict.contains(name.as_str()));
        let more: Vec<&str> = more
            .filter(|(_, schema)| demand(schema, &strict).is_some())
            .map(|(name, _)| name.as_str())
            .collect();
        if more.is_empty() {
            break;
        }
        strict.extend(more);
    }
    let all = strict.iter().map(|name| (*name, &types[*name])).chain([("Experiment", root)]);
    all.filter_map(|(name, schema)| Some((key(name), demand(schema, &strict)?))).collect()
}

/// Schema that asks for the required keys of a schema; `None` if there are none. `strict` are the types that have some.
fn demand(schema: &Value, strict: &BTreeSet<&str>) -> Option<Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return strict.contains(name).then(|| json!({ "$ref": reference(name) }));
    }
    let mut own = Map::new();
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(key).and_then(|inner| demand(inner, strict)) {
            own.insert(key.into(), inner);
        }
    }
    let mut properties = keys(schema, strict);
    if let Some(names) = schema.get("required") {
        own.insert("required".into(), names.clone());
    }
    // Of the alternatives, at most one is a table whose keys are its own; the name of a part is no required key.
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        if choice::is_named_options(alternative) {
            properties.extend(keys(alternative, strict));
        } else if let Some(Value::Object(inner)) = demand(alternative, strict) {
            own.extend(inner);
        }
    }
    if !properties.is_empty() {
        own.insert("properties".into(), properties.into());
    }
    // Else tombi takes the keys that are not listed here for unknown ones.
    if own.contains_key("properties") || own.contains_key("required") {
        own.entry("additionalProperties").or_insert(true.into());
    }
    (!own.is_empty()).then(|| own.into())
}

/// Schemas that ask for the required keys of a table's values, by key.
fn keys(table: &Value, strict: &BTreeSet<&str>) -> Map<String, Value> {
    let keys = table["properties"].as_object().into_iter().flatten();
    keys.filter_map(|(name, value)| Some((name.clone(), demand(value, strict)?))).collect()
}

/// Removes `required` everywhere.
pub(super) fn remove(root: &mut Value) {
    let own = |schema: &mut Value| schema.as_object_mut().and_then(|schema| schema.remove("required"));
    own(root);
    super::definitions(root).values_mut().for_each(|schema| drop(own(schema)));
}
