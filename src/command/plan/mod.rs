mod dot;
mod json;
mod status;
mod text;
mod words;

use camlab::plan::Plan;
use camlab::run::{gather, verify};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::{load, show};
use crate::cli::PlanArgs;
use status::PlanStatus;

/// Prints cells and stages: each stage as cached or to run, why, and for how long.
pub fn plan(arguments: &PlanArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let PlanArgs { experiment, store, json, dot } = arguments;
    let mut loaded = load(&experiment.file, &experiment.overrides.set)?;
    loaded.warn(verbosity);
    let (cache, store) = (store.cache(), Store::new(&store.store));
    let facts = gather(&loaded.cells, &cache, &store)?;
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    let cells = std::mem::take(&mut loaded.cells);
    let plan = Plan::new(cells, &facts).map_err(anyhow::Error::msg)?;
    let status = PlanStatus::of(&plan, &loaded.document, &facts, &store);
    match (json, dot) {
        (true, _) => show(&json::text(&plan, &status)?)?,
        (_, true) => dot::print(&plan, &status)?,
        _ => text::print(&plan, &status, &facts)?,
    }
    // The process ends here, and its memory with it: freeing the stages of a big sweep one by one takes longer than
    // printing them.
    std::mem::forget((plan, status));
    Ok(())
}
