use std::io::ErrorKind;
use std::path::Path;

use super::{Provenance, RECORD, SOURCES, folder};
use crate::job::Runner;
use crate::origins::origins_of;
use camlab_frame::replace;
use camlab_plan::resolved_text;
use camlab_store::StoreError;

/// The resolved experiment of the first cell.
const EXPERIMENT: &str = "experiment.toml";
/// The place of every value of it.
const ORIGINS: &str = "origins.txt";
/// The cells, if there are several.
const CELLS: &str = "cells.txt";
/// The difference of the experiment's repository from its commit, if there is one.
const DIFFERENCE: &str = "uncommitted.diff";

/// Writes the folder `provenance` of a report. The record is the last: without it, the folder is not complete.
pub(crate) fn write(provenance: &Provenance, runner: &Runner<'_>, out: &Path) -> anyhow::Result<()> {
    let folder = folder(out);
    let sources = folder.join(SOURCES);
    std::fs::create_dir_all(&sources).map_err(StoreError::io("create", &sources))?;
    remove(&folder.join(RECORD))?;
    for (record, source) in provenance.experiment.sources.iter().zip(runner.document.sources.files()) {
        replace(&sources.join(&record.copy), source.text.as_bytes())?;
    }
    let entries = std::fs::read_dir(&sources).map_err(StoreError::io("read", &sources))?;
    for entry in entries {
        let entry = entry.map_err(StoreError::io("read", &sources))?;
        let known = |copy: &String| entry.file_name().to_str() == Some(copy.as_str());
        let stale = !provenance.experiment.sources.iter().any(|record| known(&record.copy));
        if stale && entry.path().is_file() {
            remove(&entry.path())?;
        }
    }
    let cells = &runner.plan.cells;
    if let Some(first) = cells.first() {
        let text = resolved_text(cells, first).map_err(anyhow::Error::msg)?;
        replace(&folder.join(EXPERIMENT), text.as_bytes())?;
        replace(&folder.join(ORIGINS), origins_of(runner.document, first)?.as_bytes())?;
    }
    let listed: String = cells.iter().map(|cell| format!("{}\n", cell.line())).collect();
    let repository = provenance.experiment.repository.as_ref();
    put(&folder.join(CELLS), (cells.len() > 1).then_some(listed.as_bytes()))?;
    put(&folder.join(DIFFERENCE), repository.and_then(|found| found.difference()).as_deref())?;
    let mut record = serde_json::to_vec_pretty(provenance)?;
    record.push(b'\n');
    Ok(replace(&folder.join(RECORD), &record)?)
}

/// Writes a file that not every report has, or removes that of an earlier report.
fn put(path: &Path, content: Option<&[u8]>) -> anyhow::Result<()> {
    match content {
        Some(bytes) => Ok(replace(path, bytes)?),
        None => Ok(remove(path)?),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
