//! Choices by name: `"name"`, or `{ name = options }`.

use serde_json::{Map, Value, json};

/// Writes every choice so that validators report a mistake where it is.
///
/// The tables of all names become one table with one key, so that a wrong option is an error at the option and not a
/// value that suits none of dozens of alternatives. The names stay alternatives, which editors offer with their
/// descriptions, and are listed in a pattern, which errors quote.
pub(super) fn merge(root: &mut Value) {
    super::definitions(root).values_mut().for_each(one);
}

fn one(schema: &mut Value) {
    let Some(own) = schema.as_object_mut() else { return };
    let Some(Value::Array(alternatives)) = own.remove("anyOf") else { return };
    let (names, others): (Vec<_>, Vec<_>) =
        alternatives.into_iter().partition(|alternative| alternative["const"].is_string());
    let (tables, mut others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_named_options);
    if !names.is_empty() {
        own.insert("pattern".into(), pattern(&names).into());
    }
    if !tables.is_empty() {
        let keys = tables.into_iter().filter_map(|mut table| match table["properties"].take() {
            Value::Object(keys) => Some(keys),
            _ => None,
        });
        let keys: Map<String, Value> = keys.flatten().collect();
        own.insert("properties".into(), keys.into());
        own.insert("additionalProperties".into(), false.into());
        own.insert("minProperties".into(), 1.into());
        own.insert("maxProperties".into(), 1.into());
        own.insert("type".into(), "object".into());
        if names.is_empty() {
            return;
        }
        own.insert("type".into(), json!(["string", "object"]));
        others.push(json!({ "type": "object" }));
    }
    own.insert("anyOf".into(), names.into_iter().chain(others).collect());
}

/// `true` for a table that has a name as its only key, `{ name = options }`.
pub(super) fn is_named_options(schema: &Value) -> bool {
    let (required, keys) = (schema["required"].as_array(), schema["properties"].as_object());
    schema["additionalProperties"] == false
        && required.map_or(0, Vec::len) == 1
        && keys.map_or(0, Map::len) == 1
}

/// Regular expression of the names.
fn pattern(names: &[Value]) -> String {
    let names = names.iter().filter_map(|name| name["const"].as_str());
    let escaped = names.map(|name| {
        let special = |letter: char| !letter.is_ascii_alphanumeric() && !"-_ ".contains(letter);
        name.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
    });
    format!("^({})$", escaped.collect::<Vec<String>>().join("|"))
}
