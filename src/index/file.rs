//! The file of the index: a header with a checksum, then a line per report.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::entry::{ExperimentKeys, TextSlice};
use super::labels::ReportLabels;

/// Version of the index: increased when a line gets another form or other content.
const VERSION: u32 = 1;
/// The file in the index's folder.
pub(super) const FILE: &str = "reports.jsonl";
/// Between the parts of a line, as between the values of its keys; JSON has no tabs.
const TAB: char = '\t';

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct IndexHeader {
    /// Version of the index.
    version: u32,
    /// blake3 of the other lines, hexadecimal.
    blake3: String,
}

/// First part of a line: what tells if the rest is still true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LineHead {
    /// Folder of the report, absolute.
    pub folder: PathBuf,
    /// Stamps of the frames.
    pub frames: [String; 2],
    /// Stamp of the file of the labels; `None` if there was none.
    pub labels_stamp: Option<String>,
    /// The labels.
    #[serde(default)]
    pub labels: ReportLabels,
}

/// A line, of which only the first part is decoded.
#[derive(Debug, Clone)]
pub(super) struct IndexLine {
    pub head: LineHead,
    /// The contents of the report as JSON.
    pub facts: TextSlice,
    /// The keys of its experiment.
    pub keys: ExperimentKeys,
}

/// Content of a file of the index.
#[derive(Debug)]
pub(super) enum StoredIndex {
    /// There is none, or it is of another version.
    Absent,
    /// It was changed or cut short; the reason.
    Damaged(String),
    /// Its lines.
    Lines(Vec<IndexLine>),
}

/// Reads the index; a checksum finds every damage.
pub(super) fn read(path: &Path) -> StoredIndex {
    let text = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return StoredIndex::Absent;
        }
        Err(error) => return StoredIndex::Damaged(error.to_string()),
    };
    let Ok(text) = String::from_utf8(text) else { return StoredIndex::Damaged("no UTF-8 text".into()) };
    let Some((first, rest)) = text.split_once('\n') else { return StoredIndex::Damaged("no header".into()) };
    match serde_json::from_str::<IndexHeader>(first) {
        Ok(header) if header.version != VERSION => return StoredIndex::Absent,
        Ok(header) if header.blake3 == sum(rest) => {}
        Ok(_) => return StoredIndex::Damaged("its content does not match its checksum".into()),
        Err(_) => return StoredIndex::Damaged("no header".into()),
    }
    let start = first.len() + 1;
    let text = Arc::new(text);
    let mut places = Vec::new();
    let mut at = start;
    while let Some(length) = text[at..].find('\n') {
        places.push(at..at + length);
        at += length + 1;
    }
    let lines: Option<Vec<IndexLine>> = places
        .into_par_iter()
        .map(|place| {
            let line = &text[place.clone()];
            let (head, rest) = line.split_once(TAB)?;
            let (facts, keys) = rest.split_once(TAB)?;
            let (names, values) = keys.split_once(TAB)?;
            // The bytes of a part, from its distance to the end of the line.
            let part = |from: &str, length: usize| {
                let start = place.end - from.len();
                TextSlice::new(&text, start..start + length)
            };
            Some(IndexLine {
                head: serde_json::from_str(head).ok()?,
                facts: part(rest, facts.len()),
                keys: ExperimentKeys { names: part(keys, names.len()), values: part(values, values.len()) },
            })
        })
        .collect();
    lines.map_or_else(|| StoredIndex::Damaged("a line has another form".into()), StoredIndex::Lines)
}

/// Writes the index as a whole.
///
/// # Errors
/// When its folder cannot be written.
pub(super) fn write(path: &Path, lines: &[IndexLine]) -> std::io::Result<()> {
    let mut rest = String::new();
    for line in lines {
        // A path that is no Unicode stays out of the index.
        let Ok(head) = serde_json::to_string(&line.head) else { continue };
        let (names, values) = (line.keys.names.as_str(), line.keys.values.as_str());
        for (part, end) in [(&*head, TAB), (line.facts.as_str(), TAB), (names, TAB), (values, '\n')] {
            rest.push_str(part);
            rest.push(end);
        }
    }
    let header = serde_json::to_string(&IndexHeader { version: VERSION, blake3: sum(&rest) })?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    camlab_base::file::replace(path, format!("{header}\n{rest}").as_bytes())
}

fn sum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ExperimentValue;

    fn line(folder: &str) -> IndexLine {
        let labels = ReportLabels { tags: vec!["best".to_owned()], note: "a\ttab\nand a line".into() };
        let head = LineHead {
            folder: folder.into(),
            frames: ["1".into(), "2".into()],
            labels_stamp: Some("3".into()),
            labels,
        };
        let keys = [("a".into(), ExperimentValue::Truth(true)), ("b".into(), ExperimentValue::Number(1.5))];
        IndexLine { head, facts: TextSlice::whole("{}".into()), keys: ExperimentKeys::new(&keys) }
    }

    #[test]
    fn lines_come_back_and_any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index").join(FILE);
        assert!(matches!(read(&path), StoredIndex::Absent));
        let lines = [line("/a"), line("/b c")];
        write(&path, &lines).unwrap();
        let StoredIndex::Lines(found) = read(&path) else { panic!("not read") };
        for (found, line) in found.iter().zip(&lines) {
            assert_eq!(found.head, line.head);
            assert_eq!((found.facts.as_str(), found.keys.names.as_str()), ("{}", r#"["a","b"]"#));
            assert_eq!(found.keys.value(1), Some(ExperimentValue::Number(1.5)));
        }
        assert_eq!(found.len(), 2);
        let bytes = std::fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            // Another version is none that is damaged.
            assert!(!matches!(read(&path), StoredIndex::Lines(_)), "byte {place}");
            std::fs::write(&path, &bytes[..place]).unwrap();
            assert!(!matches!(read(&path), StoredIndex::Lines(_)), "cut at {place}");
        }
        write(&path, &[]).unwrap();
        assert!(matches!(read(&path), StoredIndex::Lines(lines) if lines.is_empty()));
    }
}
