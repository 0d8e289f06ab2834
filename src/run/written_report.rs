//! The report's folder, replaced so that a reader never finds parts of two reports.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;

use super::failures::Failures;
use super::job::Runner;
use super::{RunError, assemble};
use camlab_frame::{CONTRASTS_CSV, Row as _, RunRow};
use camlab_stage::Verbosity;
use camlab_store::{HeldLock, LockFolder, Locked};

/// Name of the lock of the report's folder.
const LOCK: &str = ".lock";
/// Time between two attempts to get it.
const POLL: Duration = Duration::from_millis(200);
/// Prefix of the folder that a report is made in, inside its own.
const MAKING: &str = ".making-";

/// Files that not every report has, and that an older one may have left.
const OPTIONAL: [&str; 3] = [CONTRASTS_CSV, "figures", "provenance"];

/// Makes the report in a folder of its own, then moves its files to their places. The frame about the run is moved last
/// and removed first: a folder without it is none of a report, so that whoever is killed on the way leaves a report that
/// the next run writes again. Returns `false` if no evaluation is left to report on.
pub(super) fn write(
    runner: &Runner<'_>,
    out: &Path,
    begun: (SystemTime, Instant),
    failures: &Failures,
) -> anyhow::Result<bool> {
    let cannot = |action: &str, path: &Path| format!("cannot {action} {}", path.display());
    std::fs::create_dir_all(out).with_context(|| cannot("create", out))?;
    let lock = locked(runner, out)?;
    if failures.is_empty() && runner.shows_this_plan(out) {
        // Another process has written it meanwhile.
        return Ok(true);
    }
    // Left by a run that was killed.
    for left in entries(out)?.iter().filter(|name| name.to_string_lossy().starts_with(MAKING)) {
        let _ = std::fs::remove_dir_all(out.join(left));
    }
    let making = out.join(format!("{MAKING}{}", std::process::id()));
    let made = assemble::report(runner, &making, begun, failures);
    if !matches!(made, Ok(true)) {
        let _ = std::fs::remove_dir_all(&making);
        return made;
    }
    let last = OsString::from(RunRow::FILE);
    let known = out.join(&last);
    match std::fs::remove_file(&known) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| cannot("replace", &known));
        }
        _ => {}
    }
    for name in OPTIONAL {
        remove(&out.join(name)).with_context(|| cannot("replace", &out.join(name)))?;
    }
    let mut names = entries(&making)?;
    names.retain(|name| *name != last);
    names.push(last);
    for name in names {
        let place = out.join(&name);
        remove(&place).with_context(|| cannot("replace", &place))?;
        std::fs::rename(making.join(&name), &place).with_context(|| cannot("write", &place))?;
    }
    let _ = std::fs::remove_dir_all(&making);
    // Locks of processes that were killed go too.
    lock.release(true);
    Ok(true)
}

/// The lock of the report's folder, once the process that writes there has ended.
fn locked(runner: &Runner<'_>, out: &Path) -> anyhow::Result<HeldLock> {
    let locks = LockFolder::new(out);
    let mut told = false;
    loop {
        match locks.lock(LOCK)? {
            Locked::Held(lock) => return Ok(lock),
            Locked::Elsewhere(holder) if !told => {
                told = true;
                let line = format!("  waiting: {holder} is writing {}", out.display());
                runner.events.say(Verbosity::Normal, line);
            }
            Locked::Elsewhere(_) => {}
        }
        if let Some(signal) = runner.events.stop().signal() {
            return Err(RunError::Stopped { signal, left: 0, stages: runner.plan.stages.len() }.into());
        }
        std::thread::sleep(POLL);
    }
}

/// Names in a folder.
fn entries(folder: &Path) -> anyhow::Result<Vec<OsString>> {
    let found = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    found.map(|entry| Ok(entry?.file_name())).collect()
}

/// Removes a file or a folder, if it is there.
fn remove(path: &PathBuf) -> std::io::Result<()> {
    let gone = match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    };
    match gone {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        gone => gone,
    }
}
