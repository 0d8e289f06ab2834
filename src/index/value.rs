use serde::{Deserialize, Serialize};

use super::expression::FieldValue;

/// The value of a key of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ExperimentValue {
    /// `true` or `false`.
    Truth(bool),
    /// A number.
    Number(f64),
    /// A text; also any other value, as TOML.
    Text(String),
    /// A list of texts; other elements as TOML.
    Texts(Vec<String>),
}

impl ExperimentValue {
    /// The value that a TOML value is.
    pub fn of(value: &toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text.clone()),
            toml::Value::Integer(number) => Self::Number(*number as f64),
            // JSON has no infinite numbers.
            toml::Value::Float(number) if number.is_finite() => Self::Number(*number),
            toml::Value::Boolean(truth) => Self::Truth(*truth),
            toml::Value::Array(items) => Self::Texts(items.iter().map(plain).collect()),
            other => Self::Text(other.to_string()),
        }
    }

    /// As expressions compare it.
    pub fn field(&self) -> FieldValue<'_> {
        match self {
            Self::Truth(truth) => FieldValue::Truth(*truth),
            Self::Number(number) => FieldValue::Number(*number),
            Self::Text(text) => FieldValue::Text(text),
            Self::Texts(texts) => FieldValue::Texts(texts),
        }
    }
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values of a table by their dotted keys; elements of lists of tables by their numbers.
pub(super) fn flattened(prefix: &str, value: &toml::Value) -> Vec<(String, ExperimentValue)> {
    let mut found = Vec::new();
    flatten(prefix, value, &mut found);
    found
}

fn flatten(at: &str, value: &toml::Value, found: &mut Vec<(String, ExperimentValue)>) {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    match value {
        toml::Value::Table(table) if !table.is_empty() => {
            table.iter().for_each(|(name, value)| flatten(&below(name), value, found));
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            let numbered = items.iter().enumerate();
            numbered.for_each(|(number, value)| flatten(&below(&number.to_string()), value, found));
        }
        value => found.push((at.to_owned(), ExperimentValue::of(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_value_per_dotted_key() {
        let table: toml::Value = toml::from_str(
            "precision = 'f32'\nseeds = [0, 1]\n[training]\nlr = 0.1\nnesterov = true\n[[init]]\nname = 'a'\n[[init]]\nname = 'b'",
        )
        .unwrap();
        let found = flattened("", &table);
        let of = |key: &str| found.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
        assert_eq!(of("precision"), Some(ExperimentValue::Text("f32".into())));
        assert_eq!(of("seeds"), Some(ExperimentValue::Texts(vec!["0".into(), "1".into()])));
        assert_eq!(of("training.lr"), Some(ExperimentValue::Number(0.1)));
        assert_eq!(of("training.nesterov"), Some(ExperimentValue::Truth(true)));
        assert_eq!(of("init.1.name"), Some(ExperimentValue::Text("b".into())));
        assert_eq!(found.len(), 6);
        // As the index stores them.
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Vec<(String, ExperimentValue)>>(&text).unwrap(), found);
    }
}
