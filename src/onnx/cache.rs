//! Imports that were made before, so that a file is read once by everything that asks for its graph or its weights.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::import::{ImportOptions, Imported, import};
use super::{OnnxError, OnnxModel};

/// An import, and the state of its file then.
struct Made {
    file: PathBuf,
    stamp: Option<(u64, SystemTime)>,
    options: ImportOptions,
    imported: Arc<Imported>,
}

/// Number of imports that are kept.
const MOST: usize = 8;

static MADE: Mutex<Vec<Made>> = Mutex::new(Vec::new());

/// The network of a file, imported anew only if the file has changed since.
///
/// # Errors
/// As [`OnnxModel::read`] and [`import`].
pub fn import_file(file: &Path, options: &ImportOptions) -> Result<Arc<Imported>, OnnxError> {
    let (file, stamp) = (place(file), stamp(file));
    let known = |made: &&Made| made.file == file && made.stamp == stamp && made.options == *options;
    let lock = || MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(made) = lock().iter().find(known) {
        return Ok(Arc::clone(&made.imported));
    }
    let imported = Arc::new(import(&OnnxModel::read(&file)?, options)?);
    let mut all = lock();
    if all.len() == MOST {
        all.remove(0);
    }
    all.push(Made { file, stamp, options: options.clone(), imported: Arc::clone(&imported) });
    Ok(imported)
}

/// The values of the parameters that a file has for a network with these names: those of an import that was made for it, or
/// of one without options.
///
/// # Errors
/// As [`import_file`].
pub fn values_for(file: &Path, names: &[&str]) -> Result<Vec<(String, Vec<f32>)>, OnnxError> {
    let (place, stamp) = (place(file), stamp(file));
    let fits = |imported: &Imported| {
        let own = imported.values.iter().map(|(name, _)| name.as_str());
        own.eq(names.iter().copied())
    };
    let known = |made: &&Made| made.file == place && made.stamp == stamp && fits(&made.imported);
    let found = MADE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .find(known)
        .map(|made| Arc::clone(&made.imported));
    match found {
        Some(imported) => Ok(imported.values.clone()),
        None => Ok(import_file(file, &ImportOptions::default())?.values.clone()),
    }
}

fn place(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}

fn stamp(file: &Path) -> Option<(u64, SystemTime)> {
    let known = std::fs::metadata(file).ok()?;
    Some((known.len(), known.modified().ok()?))
}
