//! Experiment files on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use camlab_config::{Document, ExperimentFile, ExperimentFiles, Invalid};
use camlab_data::path::{DataPath, in_folder};

/// Reads an experiment file and all that it extends.
///
/// # Errors
/// A file that cannot be read or is not UTF-8; [`Invalid`] for mistakes in the files.
pub fn open(file: &Path) -> anyhow::Result<Document> {
    let text = std::fs::read(file).with_context(|| {
        format!("cannot read {}; `camlab new {0}` writes an experiment to start from", file.display())
    })?;
    let text = utf8(text).map_err(|problem| anyhow::anyhow!("{} {problem}", file.display()))?;
    Ok(open_text(file, text)?)
}

/// Reads a text as if it stood in a file, which need not exist, with all that it extends.
///
/// # Errors
/// Mistakes in the text and the files.
pub fn open_text(file: &Path, text: String) -> Result<Document, Invalid> {
    Document::open(
        ExperimentFile { path: file.to_path_buf(), identity: identity(file), text },
        Arc::new(Disk),
    )
}

/// The files of this machine.
#[derive(Debug)]
struct Disk;

impl ExperimentFiles for Disk {
    fn read(&self, written: &str, folder: &Path) -> Result<ExperimentFile, String> {
        if DataPath::new(written).is_url() {
            return Err(format!("`{written}` is a URL, and `extends` reads files; download it first"));
        }
        let shown = in_folder(written, folder).into_owned();
        let place =
            DataPath::new(shown.as_str()).resolve(Path::new("")).map_err(|error| error.to_string())?;
        let looked =
            |problem: String| format!("cannot read `{written}`: {problem}; looked for {}", place.display());
        let bytes = std::fs::read(&place).map_err(|error| looked(error.to_string()))?;
        let text = utf8(bytes).map_err(|problem| looked(format!("it {problem}")))?;
        // A path with variables is shown as the place that they name.
        let path = if shown.contains(['$', '~']) { place.clone() } else { PathBuf::from(shown) };
        Ok(ExperimentFile { path, identity: identity(&place), text })
    }
}

fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "is not UTF-8; save it as UTF-8 text".to_owned())
}
