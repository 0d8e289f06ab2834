use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use camlab::base::{spoken, terminal};
use camlab::run::events::{EventReader, LoggedEvent, RunEvent, RunOutcome};
use camlab::store::Store;

use super::show;
use crate::cli::TailArgs;

/// Time between two looks at a log that may have grown.
const POLL: Duration = Duration::from_millis(300);

/// Prints the events of a run as they happen, until it ends.
pub fn tail(arguments: &TailArgs) -> anyhow::Result<()> {
    let store = Store::new(&arguments.store.store);
    let path = log_of(&store, arguments.run.as_deref())?;
    let mut reader = EventReader::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut ended = false;
    loop {
        let event = reader.next_event().with_context(|| format!("cannot read {}", path.display()))?;
        let Some(event) = event else {
            if ended {
                // A run that was killed has no last event.
                terminal::note(
                    "the run ended without a `run-finished` event; `camlab run` goes on from there",
                );
                return Ok(());
            }
            // The last event may have been written since: it is read once more.
            ended = !is_running(&store, &path);
            if !ended {
                std::thread::sleep(POLL);
            }
            continue;
        };
        match arguments.json {
            true => show(&format!("{}\n", serde_json::to_string(&event)?))?,
            false => show(&line(&event))?,
        }
        if matches!(event.event, RunEvent::RunFinished { .. }) {
            return Ok(());
        }
    }
}

/// The event log of a run: the latest one whose name begins with `asked`, or whose experiment has that name.
fn log_of(store: &Store, asked: Option<&str>) -> anyhow::Result<PathBuf> {
    let runs = store.runs();
    let fits = |run: &&PathBuf| {
        let Some(asked) = asked else { return true };
        let named = run.file_name().is_some_and(|name| name.to_string_lossy().starts_with(asked));
        named || experiment_of(run).is_some_and(|name| name == asked)
    };
    let found = runs.iter().rev().find(fits).map(|run| run.join(camlab::run::EVENT_LOG));
    found.with_context(|| {
        let of = asked.map(|asked| format!(" of `{asked}`")).unwrap_or_default();
        format!(
            "the store {} has no run{of}; a run whose stages are all cached leaves none",
            store.root().display()
        )
    })
}

fn experiment_of(run: &Path) -> Option<String> {
    let mut reader = EventReader::open(&run.join(camlab::run::EVENT_LOG)).ok()?;
    match reader.next_event().ok()??.event {
        RunEvent::RunStarted { experiment, .. } => Some(experiment),
        _ => None,
    }
}

/// `true` while the process of a run exists.
fn is_running(store: &Store, log: &Path) -> bool {
    let name = log.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.is_some_and(|run| store.is_running(&run))
}

/// An event as a line for people; empty for one that says nothing to them.
fn line(event: &LoggedEvent) -> String {
    let time = event.time.get(11..19).unwrap_or(&event.time);
    let text = match &event.event {
        RunEvent::RunStarted { experiment, host, pid, workers, stages, to_run, .. } => {
            let workers = if *workers == 0 { String::new() } else { format!(", {workers} workers") };
            format!("{experiment}: {to_run} of {stages} stages to run on {host} (pid {pid}{workers})")
        }
        RunEvent::StageCached { .. } => return String::new(),
        RunEvent::StageStarted { stage, attempt, .. } => {
            let again = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
            format!("started   {} {} ({}){again}", stage.kind, stage.label, stage.cell)
        }
        RunEvent::StageWaiting { stage, holder } => {
            format!("waiting   {} {}, which {holder} makes", stage.kind, stage.label)
        }
        RunEvent::Progress { title, done, total, unit, note, .. } => {
            let gap = if note.is_empty() { "" } else { "; " };
            format!("          {title}: {done}/{total} {unit}{gap}{note}")
        }
        RunEvent::TaskFinished { title, seconds, remark, .. } => {
            let gap = if remark.is_empty() { "" } else { ", " };
            format!("          {title}: {seconds:.1} s{gap}{remark}")
        }
        RunEvent::Said { text, .. } => text.clone(),
        RunEvent::StageFinished { stage, seconds, peak_bytes, .. } => {
            let memory = peak_bytes.map(|bytes| format!(", {} MB", bytes / 1_000_000)).unwrap_or_default();
            format!("finished  {} {} ({}) in {seconds:.1} s{memory}", stage.kind, stage.label, stage.cell)
        }
        RunEvent::StageFailed { stage, message, again, .. } => {
            let again = if *again { " (tried again)" } else { "" };
            format!("failed    {} {} ({}){again}: {message}", stage.kind, stage.label, stage.cell)
        }
        RunEvent::StageSkipped { stage, needs } => {
            let needs = needs.get(..10).unwrap_or(needs);
            format!("skipped   {} {} ({}), which needs {needs}", stage.kind, stage.label, stage.cell)
        }
        RunEvent::RunFinished { outcome, seconds, ran, cached, failed, skipped } => {
            let outcome = match outcome {
                RunOutcome::Finished => "finished",
                RunOutcome::Failed => "failed",
                RunOutcome::Stopped => "stopped",
            };
            format!(
                "{outcome} after {}: {ran} stages ran, {cached} were cached, {failed} failed, {skipped} did not run",
                spoken(*seconds)
            )
        }
    };
    format!("{time}  {text}\n")
}
