use std::collections::BTreeSet;

use camlab_frame::TitleRow;
use camlab_frame::compared::{ComparedMeasure, MapPlace, NameMatch};

/// A report that is compared with others: its description and what it records.
#[derive(Debug, Clone, Default)]
pub struct ComparedReport {
    /// Its name or folder.
    pub name: String,
    /// Name of its experiment.
    pub experiment: String,
    /// Its configuration: `c01: lr = 0.1`, or `base`.
    pub configuration: String,
    /// Number of its seeds.
    pub seeds: usize,
    /// Number of its images.
    pub images: usize,
    /// Every value of its resolved experiment by dotted key.
    pub values: Vec<(String, String)>,
    /// Code, data and machine of its run, as keys and values.
    pub run: Vec<(String, String)>,
    /// Limits of what it records, in words.
    pub notes: Vec<String>,
}

/// Several reports beside each other; differences are to the first.
#[derive(Debug, Clone, Default)]
pub struct ReportComparison {
    /// The reports.
    pub reports: Vec<ComparedReport>,
    /// Names that stand for each other.
    pub matches: Vec<NameMatch>,
    /// Metrics of the maps.
    pub metrics: Vec<ComparedMeasure>,
    /// For every report the maps that no other has.
    pub alone: Vec<BTreeSet<MapPlace>>,
    /// Last epochs of the trainings.
    pub training: Vec<ComparedMeasure>,
    /// Time and passes.
    pub cost: Vec<ComparedMeasure>,
    /// Names as printed in papers.
    pub titles: Vec<TitleRow>,
}

/// Letter of a report by its number, `A` for the first; its number from 27 on.
pub fn letter(report: usize) -> String {
    match u8::try_from(report).ok().filter(|number| *number < 26) {
        Some(number) => char::from(b'A' + number).to_string(),
        None => (report + 1).to_string(),
    }
}
