use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use camlab::base::registry::closest;
use camlab::config::{dotted, resolved_values};
use camlab::plan::{Cell, resolved_text};
use camlab::run::origins_of;
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
        true => show(&origins_of(&loaded.document, cell)?),
        false => show(&resolved_text(&loaded.cells, cell).map_err(anyhow::Error::msg)?),
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
        let values = resolved_values(&cell.experiment).map_err(anyhow::Error::msg)?;
        let mut all: BTreeMap<String, String> =
            values.into_iter().map(|(path, value)| (dotted(&path), value)).collect();
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
