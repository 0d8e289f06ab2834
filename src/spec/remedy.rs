use crate::registry::closest;

/// What to do about an error of the TOML parser or of serde, worked out from its message.
pub(super) fn remedy(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let Some((written, known)) = quoted.split_first() else { return String::new() };
        return match closest(written, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("remove `{written}`: nothing can be set here"),
            None => format!("remove `{written}`, or use one of the keys named above"),
        };
    }
    if message.starts_with("missing field") {
        return format!("add `{} = ...` here", quoted.first().unwrap_or(&"the field"));
    }
    if message.starts_with("duplicate key") {
        return "keep one of the two".into();
    }
    if message.starts_with("unknown ") && message.contains("known: `") {
        return "`camlab list` shows every name with its options".into();
    }
    if message.starts_with("invalid type: string") && (message.contains("expected f") || message.contains("expected u") || message.contains("expected i")) {
        return "write the number without quotes".into();
    }
    if message.starts_with("invalid type: floating point") {
        return "write a whole number".into();
    }
    if message.starts_with("invalid value: integer `-") || message.contains("expected u") {
        return "write a whole number that is zero or more".into();
    }
    if message.starts_with("invalid type") && message.contains("a sequence") {
        return "write a list: [ ... ]".into();
    }
    String::new()
}
