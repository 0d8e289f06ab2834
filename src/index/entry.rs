use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::facts::ReportFacts;
use super::labels::ReportLabels;
use super::value::ExperimentValue;

/// Between values in a text; JSON has no tabs.
const TAB: char = '\t';

/// A report on disk with its contents, tags and note.
#[derive(Debug)]
pub struct IndexedReport {
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// Its contents; nothing but the reason of a report that cannot be read.
    pub facts: Result<ReportFacts, String>,
    /// Its tags and its note.
    pub labels: ReportLabels,
    /// The keys of its experiment that are the same in all cells.
    pub(super) keys: ExperimentKeys,
}

/// Dotted keys of an experiment with their values, as text: a list asks for a few of them at most.
#[derive(Debug, Clone)]
pub(super) struct ExperimentKeys {
    /// The keys as a JSON list: the same text for most reports.
    pub names: TextSlice,
    /// Their values as JSON, separated by tabs.
    pub values: TextSlice,
}

impl ExperimentKeys {
    /// The text of some keys.
    pub fn new(keys: &[(String, ExperimentValue)]) -> Self {
        let names: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
        // Neither texts nor finite numbers fail.
        let values: Vec<String> =
            keys.iter().map(|(_, value)| serde_json::to_string(value).unwrap_or_default()).collect();
        Self {
            names: TextSlice::whole(serde_json::to_string(&names).unwrap_or_default()),
            values: TextSlice::whole(values.join(&TAB.to_string())),
        }
    }

    /// The value at a place among the names.
    pub fn value(&self, place: usize) -> Option<ExperimentValue> {
        serde_json::from_str(self.values.as_str().split(TAB).nth(place)?).ok()
    }
}

/// A part of a text that many share.
#[derive(Debug, Clone)]
pub(super) struct TextSlice {
    text: Arc<String>,
    range: Range<usize>,
}

impl TextSlice {
    /// A part of a text, whose bounds lie between characters.
    pub fn new(text: &Arc<String>, range: Range<usize>) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_place() {
        let keys = [
            ("a.b".to_owned(), ExperimentValue::Number(0.1)),
            ("c".to_owned(), ExperimentValue::Text("a\ttab, \"quotes\"".into())),
            ("d".to_owned(), ExperimentValue::Texts(vec!["x".into(), "y".into()])),
        ];
        let text = ExperimentKeys::new(&keys);
        for (place, (_, value)) in keys.iter().enumerate() {
            assert_eq!(text.value(place).as_ref(), Some(value));
        }
        assert_eq!((text.value(3), ExperimentKeys::new(&[]).value(0)), (None, None));
        assert_eq!(text.names.as_str(), r#"["a.b","c","d"]"#);
    }
}
