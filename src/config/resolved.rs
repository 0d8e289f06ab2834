//! An experiment as it will run: every value by its path, with the place that it comes from.

use camlab_base::registry::toml_text;

use super::document::Document;
use super::experiment::Experiment;
use super::path;
use super::tree::{TomlNode, written_key};

/// Width of the column of values, at most, in characters.
const MOST_WIDTH: usize = 60;

/// Every value of an experiment as TOML with its path, in the order of the paths; defaults filled in.
///
/// # Errors
/// A message, if the experiment cannot be written as TOML.
pub fn resolved_values(experiment: &Experiment) -> Result<Vec<(Vec<String>, String)>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot write the experiment as TOML: {error}");
    let text = toml_text(experiment).map_err(|error| failed(&error))?;
    let value: toml::Value = toml::from_str(&text).map_err(|error| failed(&error))?;
    let mut found = Vec::new();
    flatten(&value, &mut Vec::new(), &mut found);
    Ok(found)
}

fn flatten(value: &toml::Value, at: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    match value {
        toml::Value::Table(table) if !table.is_empty() => {
            for (name, value) in table {
                at.push(name.clone());
                flatten(value, at, found);
                at.pop();
            }
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            for (index, value) in items.iter().enumerate() {
                at.push(index.to_string());
                flatten(value, at, found);
                at.pop();
            }
        }
        value => found.push((at.clone(), value.to_string())),
    }
}

/// A path as it is written in a file: keys joined by dots.
pub fn dotted(path: &[String]) -> String {
    path.iter().map(|step| written_key(step)).collect::<Vec<_>>().join(".")
}

/// One line per value of an experiment with the place that it comes from: file and line, `--set`, or `default`.
/// `document` is the experiment's own: overrides applied, references replaced.
///
/// # Errors
/// As [`resolved_values`].
pub fn origins(document: &Document, experiment: &Experiment) -> Result<String, String> {
    let lines: Vec<(String, String)> = resolved_values(experiment)?
        .into_iter()
        .map(|(path, value)| (format!("{} = {value}", dotted(&path)), origin(document, &path)))
        .collect();
    let width = lines.iter().map(|(value, _)| value.chars().count()).max().unwrap_or(0).min(MOST_WIDTH);
    Ok(lines.iter().map(|(value, origin)| format!("{value:<width$}  # {origin}\n")).collect())
}

/// File and line, `--set`, or `default`.
fn origin(document: &Document, path: &[String]) -> String {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(node) = written(document, &steps) else { return "default".into() };
    let (name, text, local) = document.sources.locate(&node.span);
    let via =
        text.get(local).filter(|text| text.contains("${")).map_or(String::new(), |text| format!(" {text}"));
    match document.sources.position(&node.span) {
        position if name == "--set" => format!("{}{via}", position.name),
        position => format!("{}:{}{via}", position.name, position.line),
    }
}

/// The value that a file holds at a path, or the name of an item that stands for the item without options.
fn written<'a>(document: &'a Document, steps: &[&str]) -> Option<&'a TomlNode> {
    // Parts of splits are data sets of their own in the experiment that runs.
    if let ["data", split, "part", rest @ ..] = steps
        && path::get(&document.root, &["data", split, "part"]).is_none()
    {
        let source = path::get(&document.root, &["data", "val", "of"]).and_then(TomlNode::as_text)?;
        return match rest {
            ["of", inner @ ..] => written(document, &[&["data", source], inner].concat()),
            own => written(document, &[&["data", "val"], own].concat()),
        };
    }
    let item = || {
        let (last, parent) = steps.split_last()?;
        path::get(&document.root, parent).filter(|node| node.as_text() == Some(last))
    };
    path::get(&document.root, steps).or_else(item)
}
