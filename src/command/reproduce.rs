use std::path::{Path, PathBuf};

use anyhow::Context as _;
use camlab::base::terminal;
use camlab::config::RunOptions;
use camlab::fetch::Cache;
use camlab::frame::{self, FRAMES, FrameComparison};
use camlab::kernel::pin_isa;
use camlab::plan::{Cells, Plan, expand};
use camlab::run::events::RunEvents;
use camlab::run::stop::StopRequest;
use camlab::run::{RecordedRun, RunError, Runner, SearchRun, gather, verify};
use camlab::stage::Verbosity;
use camlab::store::Store;

use super::build::{build_info, command_line};
use super::report::report_folder;
use super::show;
use crate::cli::ReproduceArgs;

/// Runs the experiment of a report again in a fresh store, and compares every frame with the recorded one.
pub fn reproduce(arguments: &ReproduceArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    // The working directory becomes that of the recorded run.
    let report = std::path::absolute(report_folder(&arguments.report)?)?;
    let recorded = RecordedRun::open(&report)?;
    pin_isa(recorded.instructions()?).map_err(anyhow::Error::msg)?;
    let build = build_info();
    if verbosity > Verbosity::Quiet {
        for difference in recorded.other_code(&build) {
            terminal::note(format!("warning: {difference}"));
        }
    }
    let folders = ReproductionFolders::new(arguments)?;
    let cache = Cache::new(arguments.cache.as_deref().map(std::path::absolute).transpose()?);
    enter(&recorded, verbosity);
    again(&recorded, &folders, &cache, verbosity).context("cannot run the experiment of the report again")?;
    let comparisons: Vec<FrameComparison> =
        FRAMES.iter().map(|info| frame::compare(info, &report, &folders.out)).collect();
    if verbosity > Verbosity::Quiet {
        show(&table(&comparisons))?;
    }
    let differ = comparisons.iter().filter(|found| found.difference.is_some()).count();
    let place = match folders.is_kept {
        true => format!("the new report is {}", folders.out.join("index.html").display()),
        false => "--out DIR keeps the new report".to_owned(),
    };
    anyhow::ensure!(
        differ == 0,
        "{differ} of {} frames differ from the recorded ones; {place}",
        comparisons.len()
    );
    if verbosity > Verbosity::Quiet {
        let kept = if folders.is_kept { format!("\n{place}") } else { String::new() };
        show(&format!("all {} frames are identical{kept}\n", comparisons.len()))?;
    }
    Ok(())
}

/// The folders of the new report and of its store, absolute; temporary ones are removed with the value.
struct ReproductionFolders {
    out: PathBuf,
    store: PathBuf,
    /// `true` if the new report stays.
    is_kept: bool,
    /// Holds what no option names.
    _temporary: tempfile::TempDir,
}

impl ReproductionFolders {
    fn new(arguments: &ReproduceArgs) -> anyhow::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("camlab-reproduce-").tempdir();
        let temporary = temporary
            .context("cannot create a temporary folder; name others with --store and --out, or set TMPDIR")?;
        let place = |option: &str, named: &Option<PathBuf>, name: &str| match named {
            None => Ok(temporary.path().join(name)),
            Some(folder) => unused(option, folder),
        };
        Ok(Self {
            out: place("--out", &arguments.out, "report")?,
            store: place("--store", &arguments.store, "store")?,
            is_kept: arguments.out.is_some(),
            _temporary: temporary,
        })
    }
}

/// The absolute path of a folder that does not exist or is empty.
fn unused(option: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let is_unused = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    anyhow::ensure!(
        is_unused,
        "{option} {} is not an empty folder; name one that does not exist: what was computed before is not used",
        folder.display()
    );
    Ok(std::path::absolute(folder)?)
}

/// Enters the folder that relative paths of the recorded run start from.
fn enter(recorded: &RecordedRun, verbosity: Verbosity) {
    let folder = &recorded.provenance.experiment.folder;
    if let Err(error) = std::env::set_current_dir(folder)
        && verbosity > Verbosity::Quiet
    {
        terminal::note(format!(
            "warning: cannot enter {folder}, where the run was started: {error}; relative paths start from here"
        ));
    }
}

/// Runs the recorded experiment, if code, machine and data allow it.
fn again(
    recorded: &RecordedRun,
    folders: &ReproductionFolders,
    cache: &Cache,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    let document = recorded.document()?;
    let Cells { cells, search, .. } = expand(&document)?;
    let store = Store::new(&folders.store);
    let mut facts = gather(&cells, cache, &store)?;
    let changed = recorded.other_inputs(&cells, &facts);
    anyhow::ensure!(changed.is_empty(), "it is not as it was:\n  {}", changed.join("\n  "));
    // A run without bf16 computed in f32 instead.
    if !recorded.provenance.machine.bf16 {
        facts.instructions.bf16 = None;
    }
    verify(&document, &cells, &facts, &store)?;
    let events = RunEvents::new(verbosity, StopRequest::on_signals()?);
    if let Some(search) = search {
        let run = SearchRun {
            file: Path::new(&recorded.provenance.experiment.file),
            document: &document,
            search: &search,
            build: &build_info(),
            command_line: &command_line(),
            overwrite: false,
            cache,
            store,
            events: &events,
            options: RunOptions::default(),
            workers: None,
            render: &|folder| Ok(camlab::report::write(folder).map(drop)?),
        };
        return run.run(&folders.out).map(drop);
    }
    let plan = Plan::new(cells, &facts).map_err(anyhow::Error::msg)?;
    let runner = Runner {
        file: Path::new(&recorded.provenance.experiment.file),
        document: &document,
        build: &build_info(),
        command_line: &command_line(),
        overwrite: false,
        plan: &plan,
        facts: &facts,
        run_id: store.new_run(),
        store,
        events: &events,
        options: RunOptions::default(),
        workers: None,
        search: None,
        render: &|folder| Ok(camlab::report::write(folder).map(drop)?),
    };
    match runner.run(&folders.out) {
        // Stages that failed then fail again; both reports list them.
        Err(error @ RunError::Unfinished { report: Some(_), .. }) => {
            terminal::note(format!("warning: {error}"));
            Ok(())
        }
        outcome => Ok(outcome.map(drop)?),
    }
}

/// One line per frame, and under it the first difference.
fn table(comparisons: &[FrameComparison]) -> String {
    let width = comparisons.iter().map(|found| found.file.len()).max().unwrap_or(0);
    let mut text = format!("{:<width$}  {:>9}  result\n", "frame", "rows");
    for FrameComparison { file, rows, difference } in comparisons {
        let result = if difference.is_none() { "identical" } else { "differs" };
        text.push_str(&format!("{file:<width$}  {rows:>9}  {result}\n"));
        if let Some(difference) = difference {
            text.push_str(&format!("  {difference}\n"));
        }
    }
    text
}
