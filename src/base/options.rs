//! Options of a registry's items: those that a result depends on, and those that differ from their defaults.
//!
//! [`registry!`](crate::registry!) generates the methods that call these functions. The functions take values and
//! trait objects, so that they are compiled once and not once for every registry.

use toml::{Table, Value};

pub use serde_json::Value as Json;

/// The item as JSON without the options in `not_counted`, at any depth.
pub fn numbers(item: &dyn erased_serde::Serialize, not_counted: &[&str]) -> Json {
    let mut value = serde_json::to_value(item).unwrap_or_default();
    leave_out(&mut value, not_counted);
    value
}

fn leave_out(value: &mut Json, not_counted: &[&str]) {
    if let Json::Object(options) = value {
        for name in not_counted {
            options.remove(*name);
        }
        options.values_mut().for_each(|value| leave_out(value, not_counted));
    }
}

/// The options of an item that is serialised as `{ name = options }`; `None` if TOML cannot express them.
pub fn table(name: &str, item: &dyn erased_serde::Serialize) -> Option<Value> {
    match Value::try_from(item) {
        Ok(Value::Table(mut table)) => table.remove(name),
        _ => None,
    }
}

/// Options of the item `name` that differ from their defaults, one `name = value` per element, without those in
/// `not_counted`. `usual` returns the default options of an item of the registry, as [`table`] does, and `None` for
/// other names.
pub fn changed(
    name: &str,
    item: &dyn erased_serde::Serialize,
    usual: &dyn Fn(&str) -> Option<Value>,
    not_counted: &[&str],
) -> Vec<String> {
    let defaults = Defaults { usual, not_counted };
    table(name, item).map_or_else(Vec::new, |own| defaults.changed(name, &own))
}

/// The default options of a registry's items.
struct Defaults<'a> {
    usual: &'a dyn Fn(&str) -> Option<Value>,
    not_counted: &'a [&'a str],
}

impl Defaults<'_> {
    fn changed(&self, name: &str, own: &Value) -> Vec<String> {
        // Both are serialised the same way, so that rounding makes no difference.
        let usual = (self.usual)(name);
        let mut words = Vec::new();
        match (own, usual) {
            (Value::Table(own), Some(Value::Table(usual))) => self.words("", own, &usual, &mut words),
            (Value::Table(own), _) => self.words("", own, &Table::new(), &mut words),
            // The item is a single value, such as a name.
            (own, usual) if usual.as_ref() != Some(own) => words.push(plain(own)),
            _ => {}
        }
        words
    }

    /// Appends every option of `own` that differs from `usual` to `words`, as `name = value`.
    fn words(&self, path: &str, own: &Table, usual: &Table, words: &mut Vec<String>) {
        for (name, value) in own.iter().filter(|(name, _)| !self.not_counted.contains(&name.as_str())) {
            let default = usual.get(name);
            if default == Some(value) {
                continue;
            }
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if let Some(item) = self.item(value) {
                words.push(format!("{path} = {item}"));
                continue;
            }
            match (value, default) {
                (Value::Table(value), Some(Value::Table(default))) => {
                    self.words(&path, value, default, words);
                }
                // A variant with a parameter: `channels = { top = 256 }`.
                (Value::Table(value), _) => match value.iter().next() {
                    Some((name, inner)) if value.len() == 1 => {
                        words.push(format!("{path} = {name} {}", plain(inner)));
                    }
                    _ => words.push(format!("{path} = {value}")),
                },
                _ => words.push(format!("{path} = {}", plain(value))),
            }
        }
    }

    /// An item of the same registry given as an option's value, with its non-default options in brackets; `None` for
    /// other values.
    fn item(&self, value: &Value) -> Option<String> {
        let (name, options) = value.as_table().filter(|table| table.len() == 1)?.iter().next()?;
        (self.usual)(name)?;
        let changed = self.changed(name, options);
        Some(match changed.is_empty() {
            true => name.clone(),
            false => format!("{name} [{}]", changed.join(", ")),
        })
    }
}

/// The value as text: strings without quotes, floats rounded to `f32`.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => format!("{}", *number as f32),
        other => other.to_string(),
    }
}

/// The name, or `name (option value, ...)` with the options that differ from their defaults. `own` and `usual` are the
/// [`numbers`] of the item and of the item with default options.
pub fn label(name: &str, own: &Json, usual: &Json) -> String {
    let (own, usual) = (&own[name], &usual[name]);
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let changed: Vec<String> = match own {
        Json::Object(own) => {
            let differs = own.iter().filter(|(key, value)| usual.get(key.as_str()) != Some(*value));
            differs.map(|(key, value)| format!("{key} {}", text(value))).collect()
        }
        own if own == usual => Vec::new(),
        own => vec![text(own)],
    };
    match changed.is_empty() {
        true => name.to_owned(),
        false => format!("{name} ({})", changed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Options {
        share: f32,
        memory: String,
        kind: Kind,
        base: Option<Box<Part>>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Plain,
        Top(usize),
    }

    impl Default for Options {
        fn default() -> Self {
            Self { share: 0.1, memory: "1 MB".into(), kind: Kind::Plain, base: None }
        }
    }

    crate::registry! {
        /// A registry for these tests.
        enum Part as "part" {
            "full" => Full(Options), "a part with options";
            "word" => Word(String), "a part that is one value";
        }
        not counted ["memory"];
    }

    fn part(toml: &str) -> Part {
        let table: toml::Table = format!("part = {toml}").parse().expect("TOML");
        table["part"].clone().try_into().expect("a part")
    }

    #[test]
    fn a_row_is_listed_with_its_default_options() {
        let entries = Part::entries();
        assert_eq!((Part::WHAT, Part::NAMES), ("part", &["full", "word"][..]));
        assert_eq!((entries[0].name, entries[0].options.lines().count()), ("full", 3));
        assert_eq!(Part::with_defaults("full"), Some(part(r#""full""#)));
        assert_eq!(Part::with_defaults("fool"), None);
    }

    #[test]
    fn a_part_whose_options_are_required_is_not_selected_by_its_name_alone() {
        let mut generator = schemars::SchemaGenerator::default();
        let schema = Part::json_schema(&mut generator).to_value();
        let choices = schema["anyOf"].as_array().expect("alternatives");
        let names: Vec<_> = choices.iter().filter_map(|choice| choice.get("const")).collect();
        assert_eq!(names, ["full"]);
        let tables: Vec<_> = choices.iter().filter_map(|choice| choice.get("required")).collect();
        assert_eq!(tables, [&serde_json::json!(["full"]), &serde_json::json!(["word"])]);
        assert_eq!(generator.definitions()["Options"]["additionalProperties"], false);
    }

    #[test]
    fn options_that_change_no_result_are_left_out() {
        let nested = part(r#"{ full = { memory = "2 MB", base = { full = { memory = "3 MB" } } } }"#);
        let base = serde_json::json!({ "full": { "share": 0.1f32, "kind": "plain", "base": null } });
        let wanted = serde_json::json!({ "full": { "share": 0.1f32, "kind": "plain", "base": base } });
        assert_eq!(nested.numbers(), wanted);
        assert_eq!(part(r#"{ full = { memory = "2 MB" } }"#).label(), "full");
    }

    #[test]
    fn changed_options_are_told() {
        let told = |toml: &str| (part(toml).changed().join("; "), part(toml).label());
        assert_eq!(told(r#""full""#), (String::new(), "full".into()));
        assert_eq!(told(r#"{ full = { memory = "2 MB" } }"#), (String::new(), "full".into()));
        assert_eq!(told("{ full = { kind = { top = 3 } } }").0, "kind = top 3");
        assert_eq!(told("{ full = { share = 1.0 } }"), ("share = 1".into(), "full (share 1.0)".into()));
        assert_eq!(told(r#"{ full = { base = "full" } }"#).0, "base = full");
        assert_eq!(told("{ full = { base = { full = { share = 0.2 } } } }").0, "base = full [share = 0.2]");
        assert_eq!(told(r#"{ word = "cat" }"#), ("cat".into(), "word (cat)".into()));
    }
}
