//! JSON Schema of registries.
//!
//! [`registry!`](crate::registry!) lists its rows; [`selection`] makes the schema of them, compiled once and not once
//! for every registry.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Keyword of a schema that selects a part of a registry; its value is the noun for the registry's items. It is for
/// programs that walk the schema, and is removed before the schema is printed.
pub const SELECTS: &str = "x-selects";

/// One row of a registry.
pub struct Row {
    /// Name of the part in TOML.
    pub name: &'static str,
    /// Name printed in papers; the TOML name if there is no other.
    pub title: &'static str,
    /// One sentence: function and source of the part.
    pub summary: &'static str,
    /// Schema of the options, or a reference to it.
    pub options: Schema,
}

/// Schema of a value that selects one row: the name of a part, or a table that has the name as its only key and the
/// options as its value. A part with required options cannot be selected by its name alone.
pub fn selection(what: &str, rows: Vec<Row>, generator: &SchemaGenerator) -> Schema {
    let (mut names, mut tables) = (Vec::new(), Vec::new());
    for Row { name, title, summary, options } in rows {
        let description = match title == name {
            true => summary.to_owned(),
            false => format!("{title}: {summary}"),
        };
        if accepts_no_options(options.as_value(), generator) {
            names.push(json!({ "const": name, "description": description }));
        }
        let only = Map::from_iter([(name.to_owned(), described(options.to_value(), &description))]);
        tables.push(json!({
            "type": "object",
            "description": description,
            "properties": only,
            "required": [name],
            "additionalProperties": false,
        }));
    }
    names.append(&mut tables);
    let all = json!({ SELECTS: what, "anyOf": names });
    Schema::try_from(all).expect("an object is a schema")
}

/// The schema with a description in place of its own.
fn described(options: Value, description: &str) -> Value {
    let mut options = options;
    if let Value::Object(options) = &mut options {
        options.insert("description".to_owned(), description.into());
    }
    options
}

/// `true` if an empty table gives the options: they are a table without required keys.
fn accepts_no_options(options: &Value, generator: &SchemaGenerator) -> bool {
    let mut options = options;
    while let Some(path) = options["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap_or(path);
        match generator.definitions().get(name) {
            Some(definition) => options = definition,
            None => return false,
        }
    }
    let required = options["required"].as_array().map_or(0, Vec::len);
    options["type"] == "object" && required == 0
}
