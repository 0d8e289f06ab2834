use toml::{Table, Value};

/// The values of a table with the keys that `--set` takes: `training.lr`, `maps.0.methods`. Strings are without quotes,
/// other values and lists are as in TOML.
pub(super) fn parameters(table: &Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (key, value) in table {
        collect(key, value, &mut found);
    }
    found
}

fn collect(key: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            for (inner, value) in table {
                collect(&format!("{key}.{inner}"), value, found);
            }
        }
        Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_table) => {
            for (at, value) in list.iter().enumerate() {
                collect(&format!("{key}.{at}"), value, found);
            }
        }
        Value::String(text) => found.push((key.to_owned(), text.clone())),
        other => found.push((key.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_set_and_values_those_of_toml() {
        let text = r#"
            name = "a"
            seeds = [0, 1]
            [training]
            lr = 5e-4
            schedule = {}
            [[maps]]
            methods = ["cam", { grad-cam = { power = 2.0 } }]
            [[maps]]
            methods = []
        "#;
        let found = parameters(&text.parse().unwrap());
        let mut found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (&**key, &**value)).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("maps.0.methods", r#"["cam", { grad-cam = { power = 2.0 } }]"#),
                ("maps.1.methods", "[]"),
                ("name", "a"),
                ("seeds", "[0, 1]"),
                ("training.lr", "0.0005"),
                ("training.schedule", "{}"),
            ]
        );
    }
}
