//! The JSON Schema of the experiment file.

use serde_json::Value;

use camlab::config;

#[test]
fn the_schema_of_the_documentation_is_current() {
    let current = format!("{:#}\n", config::schema());
    assert!(
        current == include_str!("../../docs/camlab.schema.json"),
        "run `camlab schema > docs/camlab.schema.json`"
    );
}

/// Calls `visit` for every property of a schema with its path.
fn properties(schema: &Value, path: &str, visit: &mut dyn FnMut(&str, &Value)) {
    let Value::Object(entries) = schema else {
        let items = schema.as_array().into_iter().flatten();
        return items.for_each(|item| properties(item, path, visit));
    };
    for (key, value) in entries {
        match value {
            Value::Object(own) if key == "properties" => {
                for (name, property) in own {
                    let path = format!("{path}.{name}");
                    visit(&path, property);
                    properties(property, &path, visit);
                }
            }
            _ if key == "default" => {}
            _ => properties(value, &format!("{path}/{key}"), visit),
        }
    }
}

#[test]
fn every_key_has_a_description() {
    let mut schema = config::schema();
    // They repeat keys, to ask for those that a file without `extends` must have.
    schema["definitions"].as_object_mut().unwrap().retain(|name, _| !name.ends_with(".required"));
    let mut seen = 0;
    properties(&schema, "", &mut |path, property| {
        assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        seen += 1;
    });
    assert!(seen > 300, "only {seen} keys");
}

#[test]
fn no_key_is_required_of_a_file_that_extends_another() {
    let schema = config::schema();
    assert!(schema.get("required").is_none());
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        assert!(name.ends_with(".required") || definition.get("required").is_none(), "{name}");
    }
    let required = &schema["definitions"]["Experiment.required"]["required"];
    assert_eq!(*required, serde_json::json!(["name", "backbone", "data"]));
}

/// Keys that hold a variant with options of its own which is no registry's, or a data set or a part of one.
const OTHER_SELECTIONS: [&str; 4] = ["channels", "checkpoint-every", "kernel", "val"];

#[test]
fn merging_knows_the_keys_that_select_a_part() {
    let mut selections = config::selections();
    selections.extend(OTHER_SELECTIONS.map(str::to_owned));
    assert_eq!(selections.into_iter().collect::<Vec<_>>(), config::SELECTIONS);
}
