use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use camlab::base::terminal;
use camlab::config::RunOptions;
use camlab::engine::Precision;
use camlab::plan::Plan;
use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::run::{Outcome, Runner, SearchRun, WorkerOptions, gather, verify};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::build::{build_info, command_line};
use super::{load, show};
use crate::cli::{ExperimentArgs, RunArgs, RunningArgs};

/// Runs an experiment and prints the path of its report.
pub fn run(arguments: &RunArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let RunArgs { experiment: ExperimentArgs { file, overrides }, out, overwrite, running, store } =
        arguments;
    let loaded = load(file, &overrides.set)?;
    loaded.warn(verbosity);
    let options = options(&loaded.cells[0].experiment.run, running)?;
    let workers = workers(&options)?;
    let stop = StopRequest::on_signals()?;
    let (cache, store) = (store.cache(), Store::new(&store.store));
    let out = out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&loaded.cells[0].experiment.name));
    if let Some(search) = &loaded.search {
        let events = RunEvents::new(verbosity, stop);
        let run = SearchRun {
            file,
            document: &loaded.document,
            search,
            build: &build_info(),
            command_line: &command_line(),
            overwrite: *overwrite,
            cache: &cache,
            store,
            events: &events,
            options,
            workers,
            render: &|folder| Ok(camlab::report::write(folder).map(drop)?),
        };
        return tell(run.run(&out)?, &out, verbosity);
    }
    let facts = gather(&loaded.cells, &cache, &store)?;
    if facts.instructions.bf16.is_none()
        && loaded.cells.iter().any(|cell| cell.experiment.precision == Precision::Bf16)
    {
        terminal::note(
            "warning: `precision = \"bf16\"` needs AMX under Linux, or AVX-512-BF16 on an AMD processor; computing in f32 instead",
        );
    }
    verify(&loaded.document, &loaded.cells, &facts, &store)?;
    facts.remarks().for_each(terminal::note);
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let events = RunEvents::new(verbosity, stop);
    let runner = Runner {
        file,
        document: &loaded.document,
        build: &build_info(),
        command_line: &command_line(),
        overwrite: *overwrite,
        plan: &plan,
        facts: &facts,
        run_id: store.new_run(),
        store,
        events: &events,
        options,
        workers,
        search: None,
        render: &|folder| Ok(camlab::report::write(folder).map(drop)?),
    };
    tell(runner.run(&out)?, &out, verbosity)
}

/// Prints what a run did and the path of its report.
fn tell(outcome: Outcome, out: &Path, verbosity: Verbosity) -> anyhow::Result<()> {
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

/// `[run]` with the options of the command line in their places.
fn options(written: &RunOptions, arguments: &RunningArgs) -> anyhow::Result<RunOptions> {
    let mut options = written.clone();
    if let Some(workers) = arguments.workers {
        options.workers = usize::from(workers);
    }
    if let Some(memory) = &arguments.memory {
        let amount = serde_json::from_value(serde_json::Value::String(memory.clone()));
        options.memory = Some(amount.with_context(|| format!("--memory {memory}"))?);
    }
    if let Some(minutes) = arguments.timeout_minutes {
        anyhow::ensure!(
            minutes.is_finite() && minutes > 0.0,
            "--timeout-minutes {minutes} is out of range; write more than 0, such as 30"
        );
        options.timeout_minutes = Some(minutes);
    }
    options.fail_fast |= arguments.fail_fast;
    if let Some(memory) = options.memory {
        anyhow::ensure!(
            memory.0 >= RunOptions::LEAST_MEMORY,
            "--memory {memory} does not suffice for any stage; write at least \"64 MB\""
        );
    }
    if options.workers == 0 && (options.memory.is_some() || options.timeout_minutes.is_some()) {
        terminal::note(
            "warning: limits on memory and time hold for workers; add --workers 1 or more, or run.workers",
        );
    }
    Ok(options)
}

/// The program of this process, even if its file was replaced since it started.
fn program() -> anyhow::Result<PathBuf> {
    let own = PathBuf::from("/proc/self/exe");
    match own.exists() {
        true => Ok(own),
        false => std::env::current_exe().context("cannot find the program of the workers"),
    }
}

/// The workers that the options ask for; each gets its share of the threads.
fn workers(options: &RunOptions) -> anyhow::Result<Option<WorkerOptions>> {
    if options.workers == 0 {
        return Ok(None);
    }
    Ok(Some(WorkerOptions {
        program: program()?,
        count: options.workers,
        threads: (rayon::current_num_threads() / options.workers).max(1),
        memory: options.memory.map(|memory| memory.0),
        timeout: options
            .timeout_minutes
            .map(|minutes| Duration::try_from_secs_f64(60.0 * minutes).unwrap_or(Duration::MAX)),
    }))
}
