use std::path::Path;

use super::gather::sources;
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
pub(crate) const DIFFERENCE: &str = "uncommitted.diff";

/// Writes the folder `provenance` of a report that is being made.
pub(crate) fn write(provenance: &Provenance, runner: &Runner<'_>, out: &Path) -> anyhow::Result<()> {
    let folder = folder(out);
    let copies = folder.join(SOURCES);
    std::fs::create_dir_all(&copies).map_err(StoreError::io("create", &copies))?;
    for (record, source) in provenance.experiment.sources.iter().zip(sources(runner)) {
        replace(&copies.join(&record.copy), source.text.as_bytes())?;
    }
    let cells = &runner.plan.cells;
    if let Some(first) = cells.first() {
        let text = resolved_text(cells, first).map_err(anyhow::Error::msg)?;
        replace(&folder.join(EXPERIMENT), text.as_bytes())?;
        replace(&folder.join(ORIGINS), origins_of(runner.document, first)?.as_bytes())?;
    }
    let listed: String = cells.iter().map(|cell| format!("{}\n", cell.line())).collect();
    let repository = provenance.experiment.repository.as_ref();
    if cells.len() > 1 {
        replace(&folder.join(CELLS), listed.as_bytes())?;
    }
    if let Some(difference) = repository.and_then(|found| found.difference()) {
        replace(&folder.join(DIFFERENCE), &difference)?;
    }
    let mut record = serde_json::to_vec_pretty(provenance)?;
    record.push(b'\n');
    Ok(replace(&folder.join(RECORD), &record)?)
}
