use super::CamSpec;

/// Adds what differs between two tables of options to `words`, as `name = value`; `memory` changes no number.
pub(super) fn words(path: &str, own: &toml::Table, defaults: &toml::Table, words: &mut Vec<String>) {
    for (name, value) in own.iter().filter(|(name, _)| *name != "memory") {
        let default = defaults.get(name);
        if default == Some(value) {
            continue;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if let Some(method) = method(value) {
            words.push(format!("{path} = {method}"));
            continue;
        }
        match (value, default) {
            (toml::Value::Table(value), Some(toml::Value::Table(default))) => {
                self::words(&path, value, default, words);
            }
            // One of several, with a number: `channels = { top = 256 }`.
            (toml::Value::Table(value), _) => match value.iter().next() {
                Some((name, inner)) if value.len() == 1 => {
                    words.push(format!("{path} = {name} {}", plain(inner)));
                }
                _ => words.push(format!("{path} = {value}")),
            },
            _ => words.push(format!("{path} = {}", plain(value))),
        }
    }
}

/// Another method among the options, with what differs from its own defaults.
fn method(value: &toml::Value) -> Option<String> {
    let table = value.as_table().filter(|table| table.len() == 1)?;
    if !table.keys().all(|name| CamSpec::NAMES.contains(&name.as_str())) {
        return None;
    }
    let spec: CamSpec = value.clone().try_into().ok()?;
    let changed = spec.changed();
    Some(match changed.is_empty() {
        true => spec.name().to_owned(),
        false => format!("{} [{}]", spec.name(), changed.join(", ")),
    })
}

/// A text without its quotes.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Float(number) => format!("{}", *number as f32),
        other => other.to_string(),
    }
}
