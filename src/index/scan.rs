use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camlab_base::{causes, stamp};
use camlab_store::Store;
use rayon::prelude::*;

use super::entry::{ExperimentKeys, IndexedReport, TextSlice};
use super::facts::ReportFacts;
use super::file::{FILE, IndexLine, LineHead, StoredIndex, read, write};
use super::labels::{LABELS, ReportLabels};
use super::read as contents;
use super::threads::mapped;
use super::walk::{FoundFolders, is_report};

/// The reports that [`scan`] looks for.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Folders that are searched, absolute.
    pub folders: Vec<PathBuf>,
    /// `true` to list the reports that the store has recorded too, wherever they are.
    pub recorded: bool,
    /// `true` to read every report again.
    pub rebuild: bool,
}

/// The reports that exist.
#[derive(Debug, Default)]
pub struct ScannedReports {
    /// The reports; those in the searched folders by name, then recorded ones.
    pub reports: Vec<IndexedReport>,
    /// Messages for a person: folders and files that cannot be read, a damaged index.
    pub warnings: Vec<String>,
    /// Number of reports whose frames were read; the others are from the index.
    pub read: usize,
}

/// A report, and its line in the index if that may be kept.
struct ScannedReport {
    report: IndexedReport,
    line: Option<IndexLine>,
    /// `true` if the line is another one than before.
    changed: bool,
    /// `true` if the frames were read.
    read: bool,
    warning: Option<String>,
}

/// Finds reports and gives their contents: from the index in the store where a report is as it was, else from its frames.
/// The index follows; where it cannot be written, nothing is lost but time.
pub fn scan(store: &Store, options: &ScanOptions) -> ScannedReports {
    let path = store.index().join(FILE);
    let mut warnings = Vec::new();
    let stored = match read(&path) {
        _ if options.rebuild => None,
        StoredIndex::Absent => None,
        StoredIndex::Lines(lines) => Some(lines),
        StoredIndex::Damaged(why) => {
            warnings.push(format!("the index {} is damaged ({why}); it is made anew", path.display()));
            None
        }
    };
    let (is_new, is_damaged) = (stored.is_none(), !warnings.is_empty());
    let lines = stored.unwrap_or_default();
    let mut found = find(store, options, &lines);
    warnings.append(&mut found.unreadable);
    let places: HashMap<&Path, usize> =
        lines.iter().enumerate().map(|(place, line)| (line.head.folder.as_path(), place)).collect();
    let (now, shared) = (SystemTime::now(), contents::SharedFrames::default());
    let known = |folder: &Path| places.get(folder).map(|place| &lines[*place]);
    let scanned: Vec<ScannedReport> =
        mapped(&found.folders, |folder| one(folder, known(folder), now, &shared))
            .into_iter()
            .flatten()
            .collect();

    let listed: HashSet<&Path> = scanned.iter().map(|one| one.report.folder.as_path()).collect();
    // Reports elsewhere, which other calls list.
    let others: Vec<IndexLine> = lines
        .par_iter()
        .filter(|line| !listed.contains(line.head.folder.as_path()) && is_report(&line.head.folder))
        .cloned()
        .collect();
    let kept = scanned.iter().filter(|one| one.line.is_some()).count() + others.len();
    let changed = is_new || kept != lines.len() || scanned.iter().any(|one| one.changed);
    let mut result = ScannedReports { warnings, ..ScannedReports::default() };
    let mut written = others;
    for one in scanned {
        result.read += usize::from(one.read);
        result.warnings.extend(one.warning);
        written.extend(one.line);
        result.reports.push(one.report);
    }
    if changed && (!written.is_empty() || !is_new || is_damaged) {
        written.sort_by(|one, other| one.head.folder.cmp(&other.head.folder));
        // A store that cannot be written, or that another process removes just now.
        let _ = write(&path, &written);
    }
    result
}

fn find(store: &Store, options: &ScanOptions, lines: &[IndexLine]) -> FoundFolders {
    let root = std::path::absolute(store.root()).unwrap_or_else(|_| store.root().to_owned());
    let mut found = FoundFolders::default();
    for folder in &options.folders {
        found.below(folder, &root);
    }
    if options.recorded {
        let walked: HashSet<PathBuf> = found.folders.iter().cloned().collect();
        let indexed = lines.iter().map(|line| line.head.folder.as_path());
        match store.report_folders(walked.iter().map(PathBuf::as_path).chain(indexed)) {
            Ok(recorded) => {
                recorded
                    .iter()
                    .filter(|folder| !walked.contains(*folder))
                    .for_each(|folder| found.one(folder));
            }
            Err(error) => found.unreadable.push(causes(&error)),
        }
    }
    found
}

/// A report, from its line where that is still true; `None` if it is gone meanwhile.
fn one(
    folder: &Path,
    known: Option<&IndexLine>,
    now: SystemTime,
    shared: &contents::SharedFrames,
) -> Option<ScannedReport> {
    // Before anything is read: what changes later has another stamp.
    let frames = contents::frames(folder, now);
    let labels_path = folder.join(LABELS);
    let labels_stamp = labels_path.exists().then(|| stamp(&labels_path, now));
    let mut warning = None;
    let same_labels = known.filter(|line| match &labels_stamp {
        None => line.head.labels_stamp.is_none(),
        Some(stamp) => stamp.is_some() && line.head.labels_stamp == *stamp,
    });
    let labels = match same_labels {
        Some(line) => Ok(line.head.labels.clone()),
        None => ReportLabels::read(folder),
    };
    // A stamp that no file has: they are read again the next time.
    let unproven = || Some(String::new());
    let (labels, labels_stamp) = match labels {
        Ok(labels) => (labels, labels_stamp.and_then(|stamp| stamp.or_else(unproven))),
        Err(error) => {
            warning = Some(causes(&error));
            (ReportLabels::default(), unproven())
        }
    };
    let same = known.filter(|line| frames.as_ref() == Some(&line.head.frames));
    let decoded = same.and_then(|line| {
        let facts: ReportFacts = serde_json::from_str(line.facts.as_str()).ok()?;
        Some((facts, line.facts.clone(), line.keys.clone()))
    });
    let is_read = decoded.is_none();
    let (facts, facts_text, keys) = match decoded {
        Some(decoded) => decoded,
        None => match contents::report(folder, shared) {
            Ok(None) => return None,
            Ok(Some((facts, keys))) => {
                let facts_text = TextSlice::whole(serde_json::to_string(&facts).ok()?);
                (facts, facts_text, ExperimentKeys::new(&keys))
            }
            Err(error) => {
                let why = causes(&error);
                return Some(ScannedReport {
                    warning: Some(format!("{} is listed without results: {why}", folder.display())),
                    report: IndexedReport {
                        folder: folder.to_owned(),
                        facts: Err(why),
                        labels,
                        keys: ExperimentKeys::new(&[]),
                    },
                    line: None,
                    changed: false,
                    read: true,
                });
            }
        },
    };
    let head = frames.map(|frames| LineHead {
        folder: folder.to_owned(),
        frames,
        labels_stamp,
        labels: labels.clone(),
    });
    let changed = is_read || head.as_ref() != known.map(|line| &line.head);
    let line = head.map(|head| IndexLine { head, facts: facts_text, keys: keys.clone() });
    let report = IndexedReport { folder: folder.to_owned(), facts: Ok(facts), labels, keys };
    Some(ScannedReport { report, changed: changed && line.is_some(), line, read: is_read, warning })
}
