use super::CamSpec;

/// Appends every option of `own` that differs from `defaults` to `words`, as `name = value`; skips `memory`, which
/// changes no result.
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
            // A variant with a parameter: `channels = { top = 256 }`.
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

/// A CAM method given as an option's value, with its non-default options in brackets; `None` for other values.
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

/// The value as text: strings without quotes, floats rounded to `f32`.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Float(number) => format!("{}", *number as f32),
        other => other.to_string(),
    }
}
