//! Resolved experiments that were recorded as text, maybe by another version of camlab.

use super::from_toml::FromToml as _;
use camlab_parts::metric::MetricSpec;

/// Every value of a recorded experiment by its path, in the order of the paths. Items of a list of tables stand under
/// their `name`, or under the part that they select (`evaluation.metrics.kl`), where that tells all of them apart;
/// else under their position. The text is not checked against the schema: it holds what its camlab resolved.
///
/// # Errors
/// A message, if the text is no TOML.
pub fn recorded_values(text: &str) -> Result<Vec<(Vec<String>, String)>, String> {
    let root: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let mut found = Vec::new();
    flatten(&toml::Value::Table(root), &mut Vec::new(), &mut found);
    Ok(found)
}

/// The metrics of a recorded experiment; the usual ones where it names none. A metric that this camlab does not know is
/// left out.
///
/// # Errors
/// As [`recorded_values`].
pub fn recorded_metrics(text: &str) -> Result<Vec<MetricSpec>, String> {
    let root: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let listed = root.get("evaluation").and_then(|table| table.get("metrics"));
    Ok(match listed.and_then(toml::Value::as_array) {
        Some(items) => {
            items.iter().filter_map(|item| MetricSpec::from_toml(&item.to_string()).ok()).collect()
        }
        None => MetricSpec::standard(),
    })
}

fn flatten(value: &toml::Value, at: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let mut inside = |name: String, value: &toml::Value| {
        at.push(name);
        flatten(value, at, found);
        at.pop();
    };
    match value {
        toml::Value::Table(table) if !table.is_empty() => {
            table.iter().for_each(|(name, value)| inside(name.clone(), value));
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            let mut names: Vec<&str> = items.iter().filter_map(named).collect();
            names.sort_unstable();
            names.dedup();
            let is_clear = names.len() == items.len();
            for (index, item) in items.iter().enumerate() {
                match (item, named(item).filter(|_| is_clear)) {
                    (_, None) => inside(index.to_string(), item),
                    // A part without options, as one with an empty table of options.
                    (toml::Value::String(_), Some(name)) => {
                        inside(name.to_owned(), &toml::Value::Table(toml::Table::new()));
                    }
                    (item, Some(name)) => match selected(item) {
                        Some((_, options)) => inside(name.to_owned(), options),
                        None => inside(name.to_owned(), item),
                    },
                }
            }
        }
        value => found.push((at.clone(), value.to_string())),
    }
}

/// The name of an item of a list: its key `name`, the part that it selects, or its text.
fn named(item: &toml::Value) -> Option<&str> {
    match item {
        toml::Value::String(text) => Some(text),
        toml::Value::Table(table) => match table.get("name") {
            Some(name) => name.as_str(),
            None => selected(item).map(|(name, _)| name),
        },
        _ => None,
    }
}

/// The part of `{ part = { options } }`, and its options.
fn selected(item: &toml::Value) -> Option<(&str, &toml::Value)> {
    let table = item.as_table().filter(|table| table.len() == 1)?;
    table
        .iter()
        .next()
        .filter(|(_, options)| options.is_table())
        .map(|(name, options)| (name.as_str(), options))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dotted;

    fn values(text: &str) -> Vec<(String, String)> {
        let found = recorded_values(text).expect("TOML");
        found.into_iter().map(|(path, value)| (dotted(&path), value)).collect()
    }

    #[test]
    fn items_stand_under_their_names() {
        let text = r#"
            seeds = [1, 2]
            [[init]]
            name = "kaiming"
            scheme = { kaiming-normal = { mode = "fan-in" } }
            [[init]]
            name = "imagenet"
            [[maps]]
            methods = ["cam", { grad-cam = { relu = true } }]
            layers = ["layer4"]
        "#;
        let found = values(text);
        let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "init.kaiming.name",
                "init.kaiming.scheme.kaiming-normal.mode",
                "init.imagenet.name",
                "maps.0.layers",
                "maps.0.methods.cam",
                "maps.0.methods.grad-cam.relu",
                "seeds",
            ]
        );
        assert_eq!(found[6].1, "[1, 2]");
    }

    #[test]
    fn the_order_of_named_items_does_not_count() {
        let one = "metrics = [\"kl\", { tpr = { at = 0.5 } }]";
        let other = "metrics = [{ tpr = { at = 0.5 } }, { kl = {} }]";
        let sorted = |text| {
            let mut found = values(text);
            found.sort();
            found
        };
        assert_eq!(sorted(one), sorted(other));
        // Two of one name are told apart by their positions.
        let twice = values("metrics = [{ tpr = { at = 0.5 } }, { tpr = { at = 0.9 } }]");
        assert_eq!(twice[1], ("metrics.1.tpr.at".to_owned(), "0.9".to_owned()));
        assert!(recorded_values("a = ").is_err());
    }

    #[test]
    fn metrics_are_read_from_the_text() {
        let names = |text: &str| -> Vec<&'static str> {
            recorded_metrics(text).expect("TOML").iter().map(MetricSpec::name).collect()
        };
        let text = "evaluation.metrics = [{ kl = {} }, { of-another-camlab = { x = 1 } }, \"pixel-auc\"]";
        assert_eq!(names(text), ["kl", "pixel-auc"]);
        assert_eq!(names("name = \"x\"").len(), MetricSpec::standard().len());
    }
}
