/// Adds what differs between two tables of options to `words`, as `name = value`; `memory` changes no number.
pub(super) fn words(path: &str, own: &toml::Table, defaults: &toml::Table, words: &mut Vec<String>) {
    for (name, value) in own.iter().filter(|(name, _)| *name != "memory") {
        let default = defaults.get(name);
        if default == Some(value) {
            continue;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (value, default) {
            (toml::Value::Table(value), Some(toml::Value::Table(default))) => {
                self::words(&path, value, default, words);
            }
            // One of several, with a number: `channels = { top = 256 }`.
            (toml::Value::Table(value), _) => match value.iter().next() {
                Some((name, inner)) if value.len() == 1 => words.push(format!("{path} = {name} {}", plain(inner))),
                _ => words.push(format!("{path} = {value}")),
            },
            _ => words.push(format!("{path} = {}", plain(value))),
        }
    }
}

/// A text without its quotes.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Float(number) => format!("{}", *number as f32),
        toml::Value::Table(table) if table.is_empty() => String::new(),
        other => other.to_string(),
    }
}
