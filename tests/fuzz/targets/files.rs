//! Files in memory, and what is done with every document.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use camlab_config::{Document, ExperimentFile, ExperimentFiles, Invalid, points};

/// A whole experiment, which any text can extend as `whole.toml`.
pub const WHOLE: &str = include_str!("../../../fixtures/invalid/bases/whole.toml");

/// Files by name: `whole.toml`, and `other.toml` with a text of the fuzzer's.
#[derive(Debug)]
pub struct Memory {
    pub other: String,
}

impl Memory {
    pub fn new(other: &str) -> Arc<Self> {
        Arc::new(Self { other: other.to_owned() })
    }
}

impl ExperimentFiles for Memory {
    fn read(&self, written: &str, _: &Path) -> Result<ExperimentFile, String> {
        match written {
            "whole.toml" => Ok(file(written, WHOLE)),
            "other.toml" => Ok(file(written, &self.other)),
            _ => Err(format!("no file `{written}`")),
        }
    }
}

pub fn file(name: &str, text: &str) -> ExperimentFile {
    ExperimentFile { path: PathBuf::from(name), identity: PathBuf::from(name), text: text.to_owned() }
}

/// Everything that a check of the file does but the checks across fields; every message is rendered.
pub fn check(document: &Document) {
    let show = |found| drop(Invalid::new(camlab_config::Sources::clone(&document.sources), found).render(false));
    match points(document) {
        Err(found) => show(found),
        Ok(points) => {
            for point in points.iter().take(4) {
                match point.document.interpolated() {
                    Err(found) => show(found),
                    Ok(document) => show(document.read().mistakes),
                }
            }
        }
    }
}
