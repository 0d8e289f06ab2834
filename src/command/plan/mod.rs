mod dot;
mod json;
mod status;
mod text;
mod words;

use camlab::config::RunOptions;
use camlab::plan::{Facts, Plan};
use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::run::{PlannedBatch, SearchRun, gather, verify};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::build::build_info;
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
    if let Some(search) = &loaded.search {
        let events = RunEvents::new(Verbosity::Quiet, StopRequest::default());
        let run = SearchRun {
            file: &experiment.file,
            document: &loaded.document,
            search,
            build: &build_info(),
            command_line: &[],
            overwrite: false,
            cache: &cache,
            store: store.clone(),
            events: &events,
            options: RunOptions::default(),
            workers: None,
            render: &|_| Ok(()),
        };
        let PlannedBatch { plan, facts, title, known } = run.preview()?;
        let status = PlanStatus::of(&plan, &loaded.document, &facts, &store);
        if !json && !dot {
            let plural = if known == 1 { "" } else { "s" };
            show(&format!("{}: {known} result{plural} known; next: {title}\n\n", search.words()))?;
        }
        return print(&plan, &status, &facts, (*json, *dot));
    }
    let cells = std::mem::take(&mut loaded.cells);
    let plan = Plan::new(cells, &facts).map_err(anyhow::Error::msg)?;
    let status = PlanStatus::of(&plan, &loaded.document, &facts, &store);
    print(&plan, &status, &facts, (*json, *dot))?;
    // The process ends here, and its memory with it: freeing the stages of a big sweep one by one takes longer than
    // printing them.
    std::mem::forget((plan, status));
    Ok(())
}

/// Prints a plan as JSON, as a graph, or as text.
fn print(plan: &Plan, status: &PlanStatus, facts: &Facts, form: (bool, bool)) -> anyhow::Result<()> {
    match form {
        (true, _) => show(&json::text(plan, status)?),
        (_, true) => dot::print(plan, status),
        _ => text::print(plan, status, facts),
    }
}
