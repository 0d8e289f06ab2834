//! Comparison of a value as it is written with an option of a stage.

use camlab_config::tree::{TomlNode, TomlValue};
use serde_json::Value;

/// `true` if a written value stands for the value of an option: a name for an item of a registry, a table without its
/// defaults for the table with them, a number for the `f32` that it is read as.
pub(super) fn holds(node: &TomlNode, value: &Value) -> bool {
    match (&node.value, value) {
        (_, Value::Null) => false,
        (TomlValue::Text(text), Value::String(value)) => **text == **value,
        (TomlValue::Text(text), Value::Object(item)) => item.len() == 1 && item.contains_key(&**text),
        (TomlValue::Boolean(flag), Value::Bool(value)) => flag == value,
        (TomlValue::Integer(number), Value::Number(value)) => {
            value.as_i128() == Some(*number) || value.as_f64() == Some(*number as f64)
        }
        (TomlValue::Float(number), Value::Number(value)) => {
            let near = |value: f64| value == number.value || value == f64::from(number.value as f32);
            value.as_f64().is_some_and(near)
        }
        (TomlValue::List(items), Value::Array(values)) => {
            items.len() == values.len() && items.iter().zip(values).all(|(item, value)| holds(item, value))
        }
        // Equal sides of an image are one number in a stage.
        (TomlValue::List(items), value) => !items.is_empty() && items.iter().all(|item| holds(item, value)),
        (TomlValue::Table(table), Value::Object(values)) => {
            table.iter().all(|(key, node)| values.get(&*key.name).is_some_and(|value| holds(node, value)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use camlab_config::tree::parse_value;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_written_value_stands_for_an_option() {
        let stands = |text: &str, value: Value| holds(&parse_value(text, 0).unwrap(), &value);
        assert!(stands("0.1", json!(0.1)) && stands("0.1", json!(0.1f32)) && !stands("0.1", json!(0.2)));
        assert!(stands("3", json!(3)) && stands("3", json!(3.0)) && !stands("3", json!("3")));
        assert!(stands("\"a\"", json!("a")) && stands("\"a\"", json!({ "a": { "b": 1 } })));
        assert!(!stands("\"a\"", json!({ "b": {} })) && !stands("\"a\"", json!(null)));
        assert!(stands("{ a = { b = 1 } }", json!({ "a": { "b": 1, "c": 2 } })));
        assert!(!stands("{ a = { b = 2 } }", json!({ "a": { "b": 1, "c": 2 } })));
        assert!(stands("[64, 64]", json!(64)) && !stands("[64, 32]", json!(64)));
        assert!(stands("[64, 32]", json!([64, 32])) && stands("true", json!(true)));
    }
}
