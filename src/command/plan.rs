use camlab::graph::Stage;
use camlab::plan::Plan;
use camlab::run::{gather, verify};
use camlab::stage::{Kind, Verbosity};
use camlab::store::{KnownSpecs, Store};

use super::{load, show};
use crate::cli::{ExperimentArgs, StoreArgs};

/// Prints cells and stages, each stage as cached or to run, with the key that changed.
pub fn plan(arguments: &ExperimentArgs, store: &StoreArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let loaded = load(&arguments.file, &arguments.overrides.set)?;
    loaded.warn(verbosity);
    let (cache, store) = (store.cache(), Store::new(&store.store));
    let facts = gather(&loaded.cells, &cache, &store)?;
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;

    let plural = if plan.cells.len() == 1 { "" } else { "s" };
    let mut text = format!("{} cell{plural}\n", plan.cells.len());
    for cell in &plan.cells {
        text.push_str(&format!("  {}\n", cell.line()));
    }
    let order = plan.stages.ordered(Kind::rank);
    let stages: Vec<(&Stage, bool)> = order
        .iter()
        .map(|index| plan.stages.get(*index))
        .map(|stage| (stage, store.holds(&stage.place())))
        .collect();
    let cached = stages.iter().filter(|(_, cached)| *cached).count();
    let to_run = stages.len() - cached;
    text.push_str(&format!("\n{} stages, {cached} cached, {to_run} to run\n", stages.len()));
    // Only if a stage has to run: this reads every recorded stage.
    let known = if to_run > 0 { KnownSpecs::of(&store) } else { KnownSpecs::default() };
    for (stage, cached) in stages {
        text.push_str(&line(stage, cached, &known));
        if text.len() > PRINTED_TOGETHER {
            show(&text)?;
            text.clear();
        }
    }
    let downloads: Vec<&String> = facts.checkpoints.values().filter_map(|c| c.download.as_ref()).collect();
    if !downloads.is_empty() {
        text.push_str(&format!("\n{} to download, not in the cache\n", downloads.len()));
        downloads.iter().for_each(|url| text.push_str(&format!("  {url}\n")));
    }
    show(&text)?;
    // The process ends here, and its memory with it: freeing the stages of a big sweep one by one takes longer than
    // printing them.
    std::mem::forget(plan);
    Ok(())
}

/// Bytes of lines that are printed at once.
const PRINTED_TOGETHER: usize = 1 << 16;

fn line(stage: &Stage, cached: bool, known: &KnownSpecs) -> String {
    let state = match (cached, known.changed(stage)) {
        (true, _) => "cached".to_string(),
        (false, None) => "run: new".to_string(),
        (false, Some(changes)) => format!("run: {}", changes.join("; ")),
    };
    format!("  {:<19} {}  {:<44} {state}\n", stage.spec.kind, stage.key.short(), stage.hints.label)
}
