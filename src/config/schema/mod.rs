//! JSON Schema of the experiment file, made from [`Experiment`] and the registries.
//!
//! Editors complete keys, show descriptions and mark mistakes by it; draft-07 is the draft that they read. `camlab
//! check` is stricter: it knows relations between keys.

mod choice;
mod interpolation;
mod required;
mod sweep;
mod tidy;

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Experiment, SearchOptions};
use camlab_base::schema::SELECTS;

/// The schema of an experiment file: of [`Experiment`], of `[sweep]`, and of the keys by which a file extends others.
///
/// Any value may be a string that contains `${...}`. Required keys are asked of files without `extends` only, since
/// the files that a file extends may give them.
pub fn schema() -> Value {
    let mut root = experiment();
    let required = required::definitions(&root);
    choice::merge(&mut root);
    required::remove(&mut root);
    sweep::add(&mut root);
    interpolation::allow(&mut root);
    remove_marks(&mut root);
    root["title"] = "camlab experiment".into();
    root["description"] =
        "An experiment in weakly supervised object localisation, as `camlab run` reads it.".into();
    // Like the definitions of required keys: else tombi takes the other keys of the file for unknown ones.
    root["if"] = json!({ "required": ["extends"], "additionalProperties": true });
    root["else"] = json!({ "$ref": required::reference("Experiment") });
    definitions(&mut root).extend(required);
    // The order does not depend on a feature of serde_json that another crate may switch on.
    root.sort_all_objects();
    root
}

/// Names of the keys that select a part of a registry, or hold a list of such selections.
pub fn selections() -> BTreeSet<String> {
    let root = experiment();
    let mut names = BTreeSet::new();
    walk(&root, &mut |schema| {
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            let value = target(&root, value);
            let item = target(&root, value.get("items").unwrap_or(value));
            if item.get(SELECTS).is_some() {
                names.insert(name.clone());
            }
        }
    });
    names
}

/// The schema of [`Experiment`] with required keys, and the marks of the registries.
fn experiment() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.transforms.clear();
    let mut generator = settings.into_generator();
    // Referred to by a key that is no part of one experiment.
    generator.subschema_for::<SearchOptions>();
    let mut root = generator.into_root_schema_for::<Experiment>().to_value();
    tidy::tidy(&mut root);
    root
}

fn definitions(root: &mut Value) -> &mut Map<String, Value> {
    root["definitions"].as_object_mut().expect("the root schema has definitions")
}

/// The schema itself, or the definition that it refers to.
fn target<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/definitions/")) {
        Some(name) => &root["definitions"][name],
        None => schema,
    }
}

/// Calls `visit` for the value and for every value inside it.
fn walk<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a Value)) {
    visit(value);
    match value {
        Value::Object(entries) => entries.values().for_each(|inner| walk(inner, visit)),
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, visit)),
        _ => {}
    }
}

fn remove_marks(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.remove(SELECTS);
            entries.values_mut().for_each(remove_marks);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_marks),
        _ => {}
    }
}
