//! Provenance of a report: everything that is needed to make it again, and a record of where and when it was made.

mod files;
mod gather;
mod rows;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::build_info::BuildInfo;
use super::machine::MachineRecord;
use super::repository::RepositoryRecord;

pub(super) use files::{DIFFERENCE, write};
pub(super) use gather::{gather, options};
pub(super) use rows::rows;

/// Folder of the provenance in a report.
pub(super) const FOLDER: &str = "provenance";
/// The record, in this folder.
const RECORD: &str = "provenance.json";
/// Folder of the experiment's files, likewise.
const SOURCES: &str = "sources";
/// Version of the record: increased when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

/// `provenance/provenance.json` of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of this record.
    pub format: u32,
    /// The build of camlab.
    pub build: BuildInfo,
    /// The arguments of the process, its own name first.
    pub command_line: Vec<String>,
    /// The experiment.
    pub experiment: ExperimentRecord,
    /// The machine.
    pub machine: MachineRecord,
    /// Name and seed of every cell.
    pub cells: Vec<CellRecord>,
    /// The data sets of all cells.
    pub datasets: Vec<DatasetRecord>,
    /// The checkpoint files of all cells.
    pub checkpoints: Vec<CheckpointRecord>,
    /// Hash of everything that the report depends on.
    pub plan: String,
    /// Start of the run, UTC, RFC 3339.
    pub begun: String,
    /// Time at which this record was written, the last before the pages.
    pub ended: String,
    /// Seconds between the two.
    pub seconds: f64,
}

/// An experiment as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExperimentRecord {
    /// Its name.
    pub name: String,
    /// Absolute path of its file.
    pub file: String,
    /// The working directory, which relative paths of the command line start from.
    pub folder: String,
    /// The arguments of `--set`, in order.
    pub overrides: Vec<String>,
    /// Its file and all that it extends, in the order in which they were read, then those of experiments that it refers to.
    pub sources: Vec<SourceRecord>,
    /// The entries of `extends` in these files, and the paths of experiments that are referred to.
    pub extends: Vec<ReferenceRecord>,
    /// The git repository of its file; `None` if it is in none.
    pub repository: Option<RepositoryRecord>,
}

/// A file of an experiment, of which `provenance/sources` has a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Name of the copy.
    pub copy: String,
    /// Path as the command line, `extends` or `experiment` gave it.
    pub path: String,
    /// Absolute path.
    pub file: String,
    /// blake3 of the text, hexadecimal.
    pub blake3: String,
}

/// An entry of `extends`, or the path of an experiment that is referred to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRecord {
    /// The entry as written.
    pub written: String,
    /// Folder that it starts from.
    pub folder: String,
    /// Absolute path of the file that it led to.
    pub file: String,
}

/// A cell: one point of the sweep with one seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRecord {
    /// Its name.
    pub cell: String,
    /// Its seed.
    pub seed: u64,
}

/// A data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetRecord {
    /// TOML name of its reader.
    pub reader: String,
    /// Absolute path of its folder; `None` for data without files.
    pub root: Option<String>,
    /// The options of the reader, defaults filled in.
    pub options: serde_json::Value,
    /// Number of images.
    pub images: usize,
    /// blake3 of its content, hexadecimal.
    pub digest: String,
}

/// A checkpoint file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRecord {
    /// Path or URL as written.
    pub written: String,
    /// Path of the file.
    pub file: String,
    /// sha256 of its content, hexadecimal.
    pub sha256: String,
}

impl Provenance {
    /// The record of a report.
    ///
    /// # Errors
    /// A report without one, which an earlier camlab made, or a record that cannot be read.
    pub fn read(report: &Path) -> anyhow::Result<Self> {
        let path = folder(report).join(RECORD);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => anyhow::bail!(
                "the report {} has no {FOLDER}/{RECORD}: no run wrote it, or one of an earlier camlab; write it again \
                 with `camlab run FILE`",
                report.display()
            ),
            read => read.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let value: serde_json::Value = serde_json::from_slice(&text).with_context(|| unreadable(&path))?;
        // Of a later record not even the fields need be known.
        let format = value.get("format").and_then(serde_json::Value::as_u64).unwrap_or_default();
        anyhow::ensure!(
            format <= u64::from(FORMAT),
            "{} has version {format}, and this camlab reads up to {FORMAT}; use the camlab that wrote it",
            path.display()
        );
        serde_json::from_value(value).with_context(|| unreadable(&path))
    }
}

fn unreadable(path: &Path) -> String {
    format!("{} is damaged; run the experiment again to rebuild it", path.display())
}

/// The folder of a report's provenance.
fn folder(report: &Path) -> PathBuf {
    report.join(FOLDER)
}

/// Text of a copied file of the experiment, as it was read.
///
/// # Errors
/// A copy that is missing or was changed.
pub(super) fn source(report: &Path, record: &SourceRecord) -> anyhow::Result<String> {
    let path = folder(report).join(SOURCES).join(&record.copy);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(
        blake3::hash(&bytes).to_hex().as_str() == record.blake3,
        "{} was changed after the run; restore it, or run the experiment again",
        path.display()
    );
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))
}
