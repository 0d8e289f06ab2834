//! The schema as `schemars` makes it, without what TOML does not have.

use serde_json::{Map, Number, Value};

/// Removes `null`, which TOML lacks, and formats, which say nothing beyond the type; rounds defaults to the digits
/// that a person writes; makes every alternative an `anyOf` and every description plain text.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            schema.values_mut().for_each(tidy);
            object(schema);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn object(schema: &mut Map<String, Value>) {
    if schema.get("format").is_some_and(Value::is_string) {
        schema.remove("format");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    // tombi reports a constant that has a type for each alternative by itself.
    if schema.contains_key("const") {
        schema.remove("type");
    }
    // With `anyOf`, a string that contains `${...}` may suit several alternatives.
    if let Some(one) = schema.remove("oneOf") {
        schema.insert("anyOf".into(), one);
    }
    if let Some(Value::Array(alternatives)) = schema.get_mut("anyOf") {
        alternatives.retain(|alternative| alternative["type"] != "null");
        alternatives.iter_mut().for_each(describe_only_key);
        if alternatives.len() == 1
            && let Some(Value::Object(only)) = alternatives.pop()
        {
            schema.remove("anyOf");
            for (key, value) in only {
                schema.entry(key).or_insert(value);
            }
        }
    }
    match schema.get_mut("default") {
        Some(Value::Null) => drop(schema.remove("default")),
        Some(default) => round(default),
        None => {}
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = plain(text);
    }
}

/// Describes the key of an alternative `{ name = options }` as the alternative itself.
fn describe_only_key(alternative: &mut Value) {
    let description = alternative["description"].clone();
    if let Some(Value::Object(keys)) = alternative.get_mut("properties")
        && let Some(Value::Object(key)) = keys.values_mut().next()
        && description.is_string()
    {
        key.entry("description").or_insert(description);
    }
}

/// Replaces numbers that come from an `f32` by the shortest decimal of that `f32`; leaves out absent options.
fn round(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(round);
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Number(number) if number.is_f64() => {
            let exact = number.as_f64().unwrap_or_default();
            let single = exact as f32;
            if f64::from(single) == exact
                && let Some(shortest) = single.to_string().parse().ok().and_then(Number::from_f64)
            {
                *number = shortest;
            }
        }
        _ => {}
    }
}

/// A doc comment as text: its lines joined to paragraphs.
fn plain(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| match paragraph.starts_with('|') {
        true => paragraph.to_owned(),
        false => paragraph.split('\n').map(str::trim).collect::<Vec<_>>().join(" "),
    });
    // Links to items of the code, ``[`item`]``, lead nowhere in an editor.
    paragraphs.collect::<Vec<_>>().join("\n\n").replace("[`", "`").replace("`]", "`")
}
