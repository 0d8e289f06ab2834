use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::facts::ReportFacts;
use super::labels::ReportLabels;
use super::read::Keys;

/// A report on disk with its contents, tags and note.
#[derive(Debug)]
pub struct IndexedReport {
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// Its contents; nothing but the reason of a report that cannot be read.
    pub facts: Result<ReportFacts, String>,
    /// Its tags and its note.
    pub labels: ReportLabels,
    /// The keys of its experiment as JSON, decoded when they are asked for.
    pub(super) keys_text: TextSlice,
    pub(super) keys: OnceLock<Keys>,
}

impl IndexedReport {
    /// The keys of its experiment that no sweep overrides, dotted, with their values.
    pub fn keys(&self) -> &Keys {
        self.keys.get_or_init(|| serde_json::from_str(self.keys_text.as_str()).unwrap_or_default())
    }
}

/// A part of a text that many share.
#[derive(Debug, Clone)]
pub(super) struct TextSlice {
    text: Arc<str>,
    range: Range<usize>,
}

impl TextSlice {
    /// A part of a text, whose bounds lie between characters.
    pub fn new(text: &Arc<str>, range: Range<usize>) -> Self {
        Self { text: Arc::clone(text), range }
    }

    /// A text of its own.
    pub fn whole(text: String) -> Self {
        Self { range: 0..text.len(), text: text.into() }
    }

    /// The part.
    pub fn as_str(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}
