//! The report's folder, replaced so that a reader never finds parts of two reports.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

use super::assemble;
use super::failures::Failures;
use super::job::Runner;
use camlab_frame::{RunRow, Row as _};

/// Prefix of the folder that a report is made in, inside its own.
const MAKING: &str = ".making-";

/// Makes the report in a folder of its own, then moves its files to their places. The frame about the run is moved last
/// and removed first: a folder without it is none of a report, so that whoever is killed on the way leaves a report that
/// the next run writes again. Returns `false` if no evaluation is left to report on.
pub(super) fn write(
    runner: &Runner<'_>,
    out: &Path,
    started: Instant,
    failures: &Failures,
) -> anyhow::Result<bool> {
    let cannot = |action: &str, path: &Path| format!("cannot {action} {}", path.display());
    std::fs::create_dir_all(out).with_context(|| cannot("create", out))?;
    // Left by a run that was killed.
    for left in entries(out)?.iter().filter(|name| name.to_string_lossy().starts_with(MAKING)) {
        let _ = std::fs::remove_dir_all(out.join(left));
    }
    let making = out.join(format!("{MAKING}{}", std::process::id()));
    let made = assemble::report(runner, &making, started.elapsed().as_secs_f64(), failures);
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
    for name in camlab_frame::REPORT_FILES {
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
    Ok(true)
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
