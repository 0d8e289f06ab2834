use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use camlab::base::registry::{closest, toml_text};
use camlab::config::Document;
use camlab::config::tree::written_key;
use camlab::plan::{Cell, document_of};
use camlab::stage::Verbosity;

use super::{Loaded, load, show};
use crate::cli::ShowArgs;

/// Prints an experiment with every default filled in, the origin of its values, or the difference of two cells.
pub fn show_experiment(arguments: &ShowArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let loaded = load(&arguments.experiment.file, &arguments.experiment.overrides.set)?;
    loaded.warn(verbosity);
    if let [a, b] = &arguments.diff[..] {
        return difference(&loaded, a, b, &arguments.experiment.overrides.set);
    }
    let cell = match &arguments.cell {
        Some(id) => find(&loaded.cells, id)?,
        None => loaded.cells.first().context("the experiment has no cell")?,
    };
    match arguments.origin {
        true => origins(&loaded.document, cell),
        false => {
            let text = toml_text(&*cell.experiment)?;
            let several = loaded.cells.len() > 1;
            let note = format!("# cell {} of {}: {}\n", cell.id, loaded.cells.len(), cell.configuration());
            show(&format!("{}{text}", if several { &note } else { "" }))
        }
    }
}

/// The cell of this name, or the first of a configuration.
fn find<'a>(cells: &'a [Cell], id: &str) -> anyhow::Result<&'a Cell> {
    let configuration = |cell: &&Cell| cell.id.split_once('-').is_some_and(|(before, _)| before == id);
    let found = cells.iter().find(|cell| cell.id == id).or_else(|| cells.iter().find(configuration));
    found.with_context(|| {
        let near = closest(id, cells.iter().map(|cell| cell.id.as_str()));
        let remedy = near.map_or_else(
            || format!("`camlab plan` lists all {}, from {} on", cells.len(), cells[0].id),
            |near| format!("did you mean `{near}`?"),
        );
        format!("no cell `{id}`; {remedy}")
    })
}

/// Every value of an experiment by its dotted path, sorted.
fn values(cell: &Cell) -> anyhow::Result<Vec<(Vec<String>, String)>> {
    let value: toml::Value = toml::from_str(&toml_text(&*cell.experiment)?)?;
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

fn dotted(path: &[String]) -> String {
    path.iter().map(|step| written_key(step)).collect::<Vec<_>>().join(".")
}

/// Prints every value with the place that it comes from.
fn origins(document: &Document, cell: &Cell) -> anyhow::Result<()> {
    let own = document_of(document, cell.index)?.context("the cell is not in the sweep")?;
    let lines: Vec<(String, String)> = values(cell)?
        .into_iter()
        .map(|(path, value)| (format!("{} = {value}", dotted(&path)), origin(&own, &path)))
        .collect();
    let width = lines.iter().map(|(value, _)| value.chars().count()).max().unwrap_or(0).min(60);
    let text: String = lines.iter().map(|(value, origin)| format!("{value:<width$}  # {origin}\n")).collect();
    show(&text)
}

/// File and line, `--set`, or `default`.
fn origin(document: &Document, path: &[String]) -> String {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(node) = document.written(&steps) else { return "default".into() };
    let via = document.reference(node).map_or(String::new(), |text| format!(" {text}"));
    match document.place(node) {
        None => format!("--set{via}"),
        Some(position) => format!("{}:{}{via}", position.name, position.line),
    }
}

/// Prints the values in which two cells differ.
fn difference(loaded: &Loaded, a: &str, b: &str, set: &[String]) -> anyhow::Result<()> {
    let read = |name: &str| -> anyhow::Result<BTreeMap<String, String>> {
        let other;
        let cell = match find(&loaded.cells, name) {
            Ok(cell) => cell,
            Err(_) if Path::new(name).is_file() => {
                other = load(Path::new(name), set)?;
                other.cells.first().context("the experiment has no cell")?
            }
            Err(error) => return Err(error),
        };
        let mut all: BTreeMap<String, String> =
            values(cell)?.into_iter().map(|(path, value)| (dotted(&path), value)).collect();
        // Two cells of one configuration differ in their seed.
        all.insert("seed".into(), cell.seed.to_string());
        Ok(all)
    };
    let (a, b) = (read(a)?, read(b)?);
    let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let absent = "absent".to_owned();
    let mut text = String::new();
    for key in keys {
        let (old, new) = (a.get(key).unwrap_or(&absent), b.get(key).unwrap_or(&absent));
        if old != new {
            text.push_str(&format!("{key}: {old} -> {new}\n"));
        }
    }
    show(if text.is_empty() { "no difference\n" } else { &text })
}
