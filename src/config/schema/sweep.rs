//! Keys of the file that are not part of one experiment: `extends`, `remove` and `sweep`.

use serde_json::{Value, json};

/// Adds the keys and the definitions of a sweep.
pub(super) fn add(root: &mut Value) {
    let names = json!({ "type": "array", "items": { "type": "string" } });
    let mut paths = names.clone();
    paths["description"] = "Keys of the extended files that are left out, as dotted paths.".into();
    let keys = [
        (
            "extends",
            json!({
                "description": "Files that this one extends, relative to it; later ones override earlier ones, and this file overrides all.",
                "anyOf": [{ "type": "string" }, names],
            }),
        ),
        ("remove", paths),
        (
            "sweep",
            json!({
                "description": "Several values of a key: the experiment runs once for each. A list of tables is several sweeps.",
                "anyOf": [sweep_reference(), { "type": "array", "items": sweep_reference() }],
            }),
        ),
    ];
    let properties = root["properties"].as_object_mut().expect("an experiment has keys");
    properties.extend(keys.map(|(name, schema)| (name.to_owned(), schema)));
    super::definitions(root).extend([("Sweep".to_owned(), sweep()), ("SweepAxis".to_owned(), axis())]);
}

fn sweep_reference() -> Value {
    json!({ "$ref": "#/definitions/Sweep" })
}

/// One sweep: keys of the sweep itself, and the dotted paths that it varies.
fn sweep() -> Value {
    let values = json!({ "type": "object", "minProperties": 1, "additionalProperties": true });
    json!({
        "type": "object",
        "description": "A sweep: every combination of the values of its keys.",
        "properties": {
            "zip": {
                "type": "array",
                "description": "Groups of keys whose values are taken together, the first with the first, instead of in every combination.",
                "items": { "type": "array", "items": { "type": "string" }, "minItems": 2 },
            },
            "include": {
                "type": "array",
                "description": "Further combinations: tables of dotted paths and values.",
                "items": values,
            },
            "exclude": {
                "type": "array",
                "description": "Combinations that are left out: those that agree with all keys of a table.",
                "items": values,
            },
            "max-cells": {
                "type": "integer",
                "description": "Largest number of cells that the sweep may have.",
                "minimum": 1,
            },
        },
        "additionalProperties": { "$ref": "#/definitions/SweepAxis" },
    })
}

/// The values of a dotted path, or a table of longer paths.
fn axis() -> Value {
    json!({
        "type": ["array", "object"],
        "description": "Values of a key: a list, `{ values = [...], when = { key = value } }`, or a table of keys below this one.",
        "minItems": 1,
        "minProperties": 1,
        "properties": {
            "values": { "type": "array", "description": "Values of the key.", "minItems": 1 },
            "when": {
                "type": "object",
                "description": "Keys, as dotted paths, and the value or list of values at which the key is varied.",
                "minProperties": 1,
                "additionalProperties": true,
            },
        },
        "dependencies": { "when": ["values"] },
        "additionalProperties": { "$ref": "#/definitions/SweepAxis" },
    })
}
