//! Keys of the file that are not part of one experiment: `extends`, `remove`, `sweep` and `search`.

use serde_json::{Value, json};

/// Adds the keys and the definitions of a sweep and a search.
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
        (
            "search",
            json!({
                "description": "A search for the values of some keys with the best result, by the results of earlier points.",
                "$ref": "#/definitions/SearchOptions",
            }),
        ),
    ];
    let properties = root["properties"].as_object_mut().expect("an experiment has keys");
    properties.extend(keys.map(|(name, schema)| (name.to_owned(), schema)));
    let definitions = super::definitions(root);
    definitions.extend([
        ("Sweep".to_owned(), sweep()),
        ("SweepAxis".to_owned(), axis()),
        ("SearchKey".to_owned(), key()),
    ]);
    if let Some(search) = definitions.get_mut("SearchOptions") {
        search["properties"]["space"] = json!({
            "type": "object",
            "description": "The searched keys, as dotted paths, each with its values.",
            "minProperties": 1,
            "additionalProperties": { "$ref": "#/definitions/SearchKey" },
        });
    }
}

/// The values of a searched key, or a table of longer paths.
fn key() -> Value {
    let bounds = |kind: &str, about: &str| {
        json!({
            "type": "array",
            "description": about,
            "items": { "type": kind },
            "minItems": 2,
            "maxItems": 2,
        })
    };
    json!({
        "type": ["array", "object"],
        "description": "Values of a searched key: a list of choices, one of `uniform`, `log`, `int`, `int-log`, `choice`, or a table of keys below this one.",
        "minItems": 1,
        "minProperties": 1,
        "properties": {
            "uniform": bounds("number", "Least and greatest value."),
            "log": bounds("number", "Least and greatest value, searched on a logarithmic scale."),
            "int": bounds("integer", "Least and greatest whole number."),
            "int-log": bounds("integer", "Least and greatest whole number, searched on a logarithmic scale."),
            "choice": { "type": "array", "description": "Values without an order.", "minItems": 1 },
            "when": {
                "type": "object",
                "description": "Searched keys with choices, and the value or list of values at which this key is searched.",
                "minProperties": 1,
                "additionalProperties": true,
            },
        },
        "additionalProperties": { "$ref": "#/definitions/SearchKey" },
    })
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
