use camlab::plan::{Plan, StageSpec};
use camlab::run::gather;
use camlab::store::Store;

use super::{load, show};
use crate::cli::{ExperimentArgs, StoreArgs};

/// Prints cells and stages, each stage as cached or to run, with the key that changed.
pub fn plan(arguments: &ExperimentArgs, store: &StoreArgs) -> anyhow::Result<()> {
    let loaded = load(&arguments.file, &arguments.overrides.set)?;
    let (cache, store) = (store.cache(), Store::new(&store.store));
    let facts = gather(&loaded.cells, &cache, &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;

    let mut text = format!("{} cells\n", plan.cells.len());
    for cell in &plan.cells {
        text.push_str(&format!("  {:<10} seed {:<6} {}\n", cell.id, cell.seed, cell.configuration()));
    }
    let stages = plan.specs();
    let cached = stages.iter().filter(|spec| store.get(spec).is_some()).count();
    let to_run = stages.len() - cached;
    text.push_str(&format!("\n{} stages, {cached} cached, {to_run} to run\n", stages.len()));
    for spec in stages {
        text.push_str(&line(spec, &store));
    }
    let downloads: Vec<&String> = facts.checkpoints.values().filter_map(|c| c.download.as_ref()).collect();
    if !downloads.is_empty() {
        text.push_str(&format!("\n{} to download, not in the cache\n", downloads.len()));
        downloads.iter().for_each(|url| text.push_str(&format!("  {url}\n")));
    }
    show(&text)
}

fn line(spec: &StageSpec, store: &Store) -> String {
    let state = match (store.get(spec), store.changed(spec)) {
        (Some(_), _) => "cached".to_string(),
        (None, None) => "run: new".to_string(),
        (None, Some(changes)) => format!("run: {}", changes.join("; ")),
    };
    format!("  {:<19} {}  {:<44} {state}\n", spec.stage, spec.key().short(), spec.label)
}
