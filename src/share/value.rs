use serde_json::{Number, Value};

/// A parameter's text as the value that it denotes: `true` or `false`, a finite number, else a string.
pub(super) fn typed(text: &str) -> Value {
    match text {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    // Rust reads `inf` and `nan` as numbers, which JSON has not.
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    match text.parse().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// A measured value: a number, or one of the texts `NaN`, `Infinity`, `-Infinity`, as W&B and protobuf's JSON write
/// what JSON has no number for.
pub(super) fn measured(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_become_the_values_that_they_denote() {
        for (text, value) in [
            ("true", json!(true)),
            ("3", json!(3)),
            ("-0.25", json!(-0.25)),
            ("1e-3", json!(0.001)),
            ("inf", json!("inf")),
            ("NaN", json!("NaN")),
            ("grad-cam", json!("grad-cam")),
            ("", json!("")),
            ("99999999999999999999", json!(99999999999999999999.0)),
        ] {
            assert_eq!(typed(text), value, "{text}");
        }
    }

    #[test]
    fn values_that_are_no_numbers_have_names() {
        let values = [0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(measured);
        assert_eq!(values, [json!(0.1), json!("NaN"), json!("Infinity"), json!("-Infinity")]);
    }
}
