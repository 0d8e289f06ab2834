//! JSON Schema of registries.
//!
//! [`registry!`](crate::registry!) lists its rows; [`selection`] makes the schema of them, compiled once and not once
//! for every registry.

use std::borrow::Cow;

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Keyword of a schema that selects a part of a registry; its value is the noun for the registry's items. It is for
/// programs that walk the schema, and is removed before the schema is printed.
pub const SELECTS: &str = "x-selects";

/// One row of a registry.
pub struct RegistryRow {
    /// Name of the part in TOML.
    pub name: &'static str,
    /// Name printed in papers; the TOML name if there is no other.
    pub title: &'static str,
    /// One sentence: function and source of the part.
    pub summary: &'static str,
    /// Name of the type of the options.
    pub type_name: fn() -> Cow<'static, str>,
    /// Schema of the options.
    pub options: fn(&mut SchemaGenerator) -> Schema,
}

/// Schema of a value that selects one row: the name of a part, or a table that has the name as its only key and the
/// options as its value. A part with required options cannot be selected by its name alone.
pub fn selection(what: &str, rows: &[RegistryRow], generator: &mut SchemaGenerator) -> Schema {
    let (mut names, mut tables) = (Vec::new(), Vec::new());
    for row in rows {
        let RegistryRow { name, title, summary, .. } = *row;
        let description = match title == name {
            true => summary.to_owned(),
            false => format!("{title}: {summary}"),
        };
        let options = define(row, generator);
        if accepts_no_options(&options, generator) {
            names.push(json!({ "const": name, "description": description }));
        }
        let only = Map::from_iter([(name.to_owned(), described(options, &description))]);
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

/// Reference to the schema of a row's options, which becomes a definition. `SchemaGenerator::subschema_for` does the
/// same, but is compiled once for every type.
fn define(row: &RegistryRow, generator: &mut SchemaGenerator) -> Value {
    let name = (row.type_name)();
    if !generator.definitions().contains_key(&*name) {
        // Options may contain items of their own registry.
        generator.definitions_mut().insert(name.to_string(), Value::Bool(false));
        let schema = (row.options)(generator).to_value();
        generator.definitions_mut().insert(name.to_string(), schema);
    }
    json!({ "$ref": format!("#/definitions/{name}") })
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
