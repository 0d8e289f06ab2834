//! A recorded run, to be made again: its experiment, and the differences of code, machine and data since.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::build_info::BuildInfo;
use super::provenance::{self, Provenance, options};
use camlab_config::{Document, ExperimentFile, ExperimentFiles, Invalid, Sources};
use camlab_engine::Precision;
use camlab_kernel::Isa;
use camlab_kernel::bf16::Bf16Unit;
use camlab_plan::{Cell, Facts};

/// A report's run: the record and the experiment's files, as they were read.
#[derive(Debug, Clone)]
pub struct RecordedRun {
    /// The record.
    pub provenance: Provenance,
    /// The files of the experiment, the first the experiment file.
    files: Vec<ExperimentFile>,
}

/// The recorded files, as if they stood at their original places.
impl ExperimentFiles for RecordedRun {
    fn read(&self, written: &str, folder: &Path) -> Result<ExperimentFile, String> {
        let from = folder.display().to_string();
        let mut entries = self.provenance.experiment.extends.iter();
        let entry = entries.find(|entry| entry.written == written && entry.folder == from);
        let file = entry.and_then(|entry| {
            let place = Path::new(&entry.file);
            self.files.iter().find(|file| file.identity == place)
        });
        file.cloned().ok_or_else(|| format!("the record of the run does not have `{written}`"))
    }
}

impl RecordedRun {
    /// Reads the provenance of a report.
    ///
    /// # Errors
    /// A report without provenance, or provenance that was changed.
    pub fn open(report: &Path) -> anyhow::Result<Self> {
        let provenance = Provenance::read(report)?;
        let file = |record| -> anyhow::Result<ExperimentFile> {
            let text = provenance::source(report, record)?;
            Ok(ExperimentFile {
                path: PathBuf::from(&record.path),
                identity: PathBuf::from(&record.file),
                text,
            })
        };
        let files = provenance.experiment.sources.iter().map(file).collect::<anyhow::Result<_>>()?;
        Ok(Self { provenance, files })
    }

    /// The experiment as it was read: the recorded files with the recorded overrides.
    ///
    /// # Errors
    /// A record without files; [`Invalid`] for keys that this version of camlab does not accept.
    pub fn document(&self) -> anyhow::Result<Document> {
        let file = self.files.first().context("the record of the run has no experiment file")?;
        let mut document = Document::open(file.clone(), Arc::new(self.clone()))?;
        let mut found = Vec::new();
        for argument in &self.provenance.experiment.overrides {
            if let Err(invalid) = document.set(argument) {
                found.extend(invalid.diagnostics);
            }
        }
        match found.is_empty() {
            true => Ok(document),
            false => Err(Invalid::new(Sources::clone(&document.sources), found).into()),
        }
    }

    /// The instruction set that the run used.
    ///
    /// # Errors
    /// One that this machine or this camlab lacks.
    pub fn instructions(&self) -> anyhow::Result<Isa> {
        let name = self.provenance.machine.instructions.as_str();
        let isa = Isa::ALL.into_iter().find(|isa| isa.name() == name);
        let isa = isa.with_context(|| {
            format!("the run used the instruction set `{name}`, which this camlab lacks; use the camlab that ran it")
        })?;
        anyhow::ensure!(
            isa.is_available(),
            "the run used the instruction set `{name}`, which this machine lacks (its best is `{}`); reproduce the \
             report on a machine that has it",
            Isa::best().name()
        );
        Ok(isa)
    }

    /// Differences between the recorded build and this one that may change numbers on purpose, in words.
    pub fn other_code(&self, build: &BuildInfo) -> Vec<String> {
        let recorded = &self.provenance.build;
        let mut found = Vec::new();
        if (&recorded.version, &recorded.commit) != (&build.version, &build.commit) {
            let (old, new) = (recorded.code(), build.code());
            found.push(format!(
                "camlab {old} made the report, and this is camlab {new}; numbers may differ on purpose"
            ));
        } else if recorded.dirty == Some(true) || build.dirty == Some(true) {
            let which = match (recorded.dirty, build.dirty) {
                (Some(true), Some(true)) => "both the camlab that made the report and this one have",
                (Some(true), _) => "the camlab that made the report has",
                _ => "this camlab has",
            };
            found
                .push(format!("{which} uncommitted changes to commit {}; the code may differ", build.commit));
        }
        if recorded.lock != build.lock {
            found.push("the versions of dependencies (Cargo.lock) differ; numbers may differ".to_owned());
        }
        if recorded.rustc != build.rustc
            || recorded.target != build.target
            || recorded.profile != build.profile
        {
            let words = |build: &BuildInfo| format!("{}, {}, {}", build.rustc, build.target, build.profile);
            found.push(format!("compiled by {}, and this by {}", words(recorded), words(build)));
        }
        found
    }

    /// Data, checkpoints and number formats that are not as they were, in words; without one the run can be repeated.
    pub fn other_inputs(&self, cells: &[Cell], facts: &Facts) -> Vec<String> {
        let mut found = Vec::new();
        for (name, known) in &facts.datasets {
            let (options, digest) = (options(name), known.digest.as_str());
            let mut records = self.provenance.datasets.iter();
            let Some(record) = records.find(|record| record.options == options) else {
                // Another version may have other options; the content is what counts.
                if !self.provenance.datasets.iter().any(|record| record.digest == digest) {
                    found.push(format!(
                        "the record has no data set `{}` with the blake3 {digest}",
                        known.spec.name()
                    ));
                }
                continue;
            };
            if record.digest != digest {
                let place = record.root.as_ref().map_or_else(String::new, |root| format!(" in {root}"));
                found.push(format!(
                    "the data set `{}`{place} has changed: {} images with the blake3\n    {}, now {} with\n    {digest}",
                    record.reader, record.images, record.digest, known.images
                ));
            }
        }
        for (written, known) in &facts.checkpoints {
            let record = self.provenance.checkpoints.iter().find(|record| record.written == *written);
            match record {
                Some(record) if record.sha256 == known.sha256 => {}
                Some(record) => found.push(format!(
                    "the checkpoint {} has changed: its sha256 was\n    {}, now\n    {}",
                    known.file.display(),
                    record.sha256,
                    known.sha256
                )),
                None => found.push(format!("the record has no checkpoint `{written}`")),
            }
        }
        let wanted = cells.iter().any(|cell| cell.experiment.precision == Precision::Bf16);
        if wanted && self.provenance.machine.bf16 {
            // Versions before there was a choice used tiles alone.
            let machine = &self.provenance.machine;
            let tiles = machine.features.iter().any(|feature| feature == Bf16Unit::Tiles.name());
            let unit = if tiles { Bf16Unit::Tiles } else { Bf16Unit::Pairs };
            if Bf16Unit::current() != Some(unit) {
                found.push(format!(
                    "the run computed with the bf16 instructions `{}`, which this machine lacks",
                    unit.name()
                ));
            }
        }
        found
    }
}
