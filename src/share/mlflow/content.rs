use std::fs;

use serde_json::{Value, json};

use super::key::checked_key;
use crate::value::measured;
use crate::{ShareError, SharedMetric, SharedRun};

/// Longest value of a parameter and of a tag, in characters: `MAX_PARAM_VAL_LENGTH` and `MAX_TAG_VAL_LENGTH` of
/// `mlflow/utils/validation.py`.
const PARAMETER: usize = 6000;
const TAG: usize = 8000;
/// End of a value that was cut.
const CUT: &str = " ... (cut)";

/// Tag with the identity of a run.
pub(super) const KEY: &str = "camlab.key";
/// Tag with the hash of all that was sent for a run.
pub(super) const CONTENT: &str = "camlab.content";
/// Tag by which MLflow shows a run below another.
pub(super) const PARENT: &str = "mlflow.parentRunId";

/// All that MLflow gets for a run, but for identifiers that it gives itself.
pub(super) struct MlflowContent {
    pub(super) metrics: Vec<Value>,
    pub(super) parameters: Vec<Value>,
    pub(super) tags: Vec<Value>,
    /// Files: name, content.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// Hash of all of it.
    pub(super) hash: String,
    /// Names of the values that were too long for MLflow.
    pub(super) cut: Vec<String>,
}

impl MlflowContent {
    /// The content of a run.
    ///
    /// # Errors
    /// [`ShareError`]: a key that is too long, a file that cannot be read.
    pub(super) fn new(run: &SharedRun) -> Result<Self, ShareError> {
        let mut cut = Vec::new();
        let mut entry = |key: &str, value: &str, most: usize| -> Result<Value, ShareError> {
            let value = match shortened(value, most) {
                Some(short) => {
                    cut.push(format!("{key} of {}", run.name));
                    short
                }
                None => value.to_owned(),
            };
            Ok(json!({ "key": checked_key(key)?, "value": value }))
        };
        let parameters = run.parameters.iter().map(|(key, value)| entry(key, value, PARAMETER));
        let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
        let mut tags = vec![
            json!({ "key": KEY, "value": run.key }),
            json!({ "key": "mlflow.runName", "value": run.name }),
            json!({ "key": "mlflow.source.name", "value": "camlab" }),
        ];
        if !run.note.is_empty() {
            // Marked where it is cut; the whole text is a file.
            let note = shortened(&run.note, TAG).unwrap_or_else(|| run.note.clone());
            tags.push(json!({ "key": "mlflow.note.content", "value": note }));
        }
        for (key, value) in &run.tags {
            tags.push(entry(key, value, TAG)?);
        }
        let metrics = metrics(run)?;
        let mut files = Vec::new();
        for (name, path) in &run.files {
            files.push((name.clone(), fs::read(path).map_err(ShareError::io("read", path))?));
        }
        let mut hasher = blake3::Hasher::new();
        let said = json!([run.name, run.start_ms, run.end_ms, parameters, tags, metrics]);
        hasher.update(said.to_string().as_bytes());
        for (name, bytes) in &files {
            hasher.update(name.as_bytes()).update(blake3::hash(bytes).as_bytes());
        }
        let hash = hasher.finalize().to_hex().to_string();
        tags.push(json!({ "key": CONTENT, "value": hash }));
        Ok(Self { metrics, parameters, tags, files, hash, cut })
    }
}

fn metrics(run: &SharedRun) -> Result<Vec<Value>, ShareError> {
    let entry = |metric: &SharedMetric| {
        Ok(json!({
            "key": checked_key(&metric.key)?,
            "value": measured(metric.value),
            "timestamp": metric.time_ms,
            "step": metric.step,
        }))
    };
    run.metrics.iter().map(entry).collect()
}

/// The beginning of a text of more than `most` characters, marked; `None` for a text that fits.
fn shortened(text: &str, most: usize) -> Option<String> {
    // MLflow counts characters; databases beneath it may count UTF-16.
    let long = text.encode_utf16().count() > most;
    long.then(|| {
        let (mut left, mut short) = (most - CUT.len(), String::new());
        for letter in text.chars() {
            match left.checked_sub(letter.len_utf16()) {
                Some(rest) => left = rest,
                None => break,
            }
            short.push(letter);
        }
        short + CUT
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(shortened(&"a".repeat(6000), 6000), None);
        let cut = shortened(&"\u{1f600}".repeat(4000), 6000).unwrap();
        assert!(cut.encode_utf16().count() <= 6000 && cut.ends_with("... (cut)"));
    }
}
