use camlab_base::registry::closest;

/// Remedy for an error of the TOML parser or of serde, derived from its message.
pub(super) fn remedy(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let Some((written, known)) = quoted.split_first() else { return String::new() };
        return match closest(written, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("remove `{written}`: nothing can be set here"),
            None => format!("remove `{written}`, or use one of the names listed above"),
        };
    }
    if message.starts_with("missing field") {
        return format!("add `{} = ...` here", quoted.first().unwrap_or(&"the field"));
    }
    if message.starts_with("duplicate key") {
        return "keep one of the two".into();
    }
    if message.starts_with("unknown normalisation") {
        return "or give mean, std, scale and channel-order".into();
    }
    if message.starts_with("unknown ") && message.contains("known: `") {
        return "`camlab list` shows every name with its options".into();
    }
    let whole = message.contains("expected a whole number");
    if whole || message.contains("expected a number") {
        let beyond = quoted.first().and_then(|number| number.parse::<i128>().ok());
        if beyond.is_some_and(|number| number > i128::from(i64::MAX)) {
            return format!("write a number of at most {}", i64::MAX);
        }
        let quoted = message.split('"').nth(1).is_some_and(|text| text.parse::<f64>().is_ok());
        return match (quoted, whole) {
            (true, _) => "write the number without quotes".into(),
            (false, true) => "write a whole number that is zero or more".into(),
            (false, false) => "write a number, like 0.1 or 5e-4".into(),
        };
    }
    if message.contains("expected a string") && !message.contains("or a table") {
        return "write the text in quotes".into();
    }
    if message.contains("expected a table") {
        return "write a table, `[name]` with its keys below or `name = { key = ... }`, or leave the key out"
            .into();
    }
    if message.contains("floating-point number overflowed") {
        return format!("write a number between -{0:e} and {0:e}", f64::MAX);
    }
    if message.contains("expected a list") {
        return "write a list: [ ... ]".into();
    }
    if message.starts_with("invalid basic string") {
        return "close the string with a quote on the same line".into();
    }
    if message.starts_with("missing comma between array elements") {
        return "close the list with `]`, or put a comma between its elements".into();
    }
    String::new()
}

/// Replaces Rust type names in serde's messages by plain words.
pub(super) fn plain(message: &str) -> String {
    let mut text = message.to_string();
    for (rust, words) in [
        ("expected usize", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected f32", "expected a number"),
        ("expected a sequence", "expected a list"),
        ("invalid type: sequence", "invalid type: list"),
        ("invalid type: map", "invalid type: table"),
        ("expected a nonzero usize", "expected a positive whole number"),
    ] {
        text = text.replace(rust, words);
    }
    // `expected struct TrainingOptions`: the type's name says nothing to the person who wrote the file.
    if let Some((before, after)) = text.split_once("expected struct ") {
        let rest = after.trim_start_matches(|c: char| c.is_alphanumeric());
        text = format!("{before}expected a table{rest}");
    }
    text
}
