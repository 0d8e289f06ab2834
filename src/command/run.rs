use std::path::PathBuf;

use camlab::base::terminal;
use camlab::engine::Precision;
use camlab::plan::Plan;
use camlab::run::{Outcome, Runner, gather, verify};
use camlab::stage::{Progress, Verbosity};
use camlab::store::Store;

use super::build::{build_info, command_line};
use super::{load, show};
use crate::cli::{ExperimentArgs, RunArgs};

/// Runs an experiment and prints the path of its report.
pub fn run(arguments: &RunArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let RunArgs { experiment: ExperimentArgs { file, overrides }, out, overwrite, store } = arguments;
    let loaded = load(file, &overrides.set)?;
    loaded.warn(verbosity);
    let (cache, store) = (store.cache(), Store::new(&store.store));
    let facts = gather(&loaded.cells, &cache, &store)?;
    if !facts.bf16 && loaded.cells.iter().any(|cell| cell.experiment.precision == Precision::Bf16) {
        terminal::note(
            "warning: `precision = \"bf16\"` needs a processor with AMX-bf16 under Linux; computing in f32 instead",
        );
    }
    let out = out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&loaded.cells[0].experiment.name));
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let runner = Runner {
        file,
        document: &loaded.document,
        build: &build_info(),
        command_line: &command_line(),
        overwrite: *overwrite,
        plan: &plan,
        facts: &facts,
        store,
        progress: Progress::new(verbosity),
        render: &|folder| Ok(camlab::report::write(folder).map(drop)?),
    };
    let outcome = runner.run(&out)?;
    if verbosity > Verbosity::Quiet {
        let done = match outcome {
            Outcome::Cached { stages } => {
                format!("everything was cached ({stages} stages); the report is up to date")
            }
            Outcome::Ran { ran, cached } => format!("{ran} stages ran, {cached} were cached"),
        };
        show(&format!("{done}\nreport: {}\n", out.join("index.html").display()))?;
    }
    Ok(())
}
