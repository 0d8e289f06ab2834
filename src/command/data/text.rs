//! Text of a check for a terminal.

use std::fmt::Write as _;

use camlab::base::{bytes, counted};
use camlab::data::check::{CheckedSplit, DataCheck, DataFinding, FoundKind, Severity, SplitSummary};

/// Number of findings of a kind that are shown.
const SHOWN: usize = 3;

/// Name of a split.
pub(super) fn split_name(splits: &[CheckedSplit], split: usize) -> &str {
    splits.get(split).map_or("", |split| split.name.as_str())
}

/// Name of an image in a split.
pub(super) fn image_name(splits: &[CheckedSplit], (split, image): (usize, usize)) -> String {
    let dataset = splits.get(split).and_then(|split| split.dataset.as_ref().ok());
    dataset.map_or_else(String::new, |dataset| dataset.id(image).to_string())
}

/// Name of an image, after that of its split if there are several.
pub(super) fn in_split(splits: &[CheckedSplit], place: (usize, usize)) -> String {
    match splits.len() {
        1 => image_name(splits, place),
        _ => format!("{} {}", split_name(splits, place.0), image_name(splits, place)),
    }
}

/// Splits, findings by weight and kind with the first of each, and a last line with their numbers.
pub(super) fn summary(title: &str, splits: &[CheckedSplit], found: &DataCheck) -> String {
    let (headings, rows) = split_table(splits, found);
    let mut text = format!("{title}\n\n{}", aligned(&headings, &rows));
    for severity in Severity::ALL {
        let kinds: Vec<&FoundKind> = found.kinds.iter().filter(|kind| kind.severity == severity).collect();
        if !kinds.is_empty() {
            let _ = writeln!(text, "\n{}", counted(found.count(severity), severity.name()));
        }
        for kind in kinds {
            let _ = writeln!(text, "  {} × {}: {}", kind.count, kind.kind.name(), kind.kind.about());
            for example in kind.examples.iter().take(SHOWN) {
                let _ = writeln!(text, "      {}", place(splits, example));
            }
            if kind.count > SHOWN {
                let _ = writeln!(text, "      and {} more", kind.count - SHOWN);
            }
        }
    }
    let _ = writeln!(text, "\n{}", verdict(found));
    text
}

/// The numbers of findings in a sentence.
pub(super) fn verdict(found: &DataCheck) -> String {
    let images: usize = found.splits.iter().map(|split| split.images).sum();
    let checked = format!("{} checked", counted(images, "image"));
    let numbers: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (found.count(severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| counted(count, severity.name()))
        .collect();
    match numbers.is_empty() {
        true => format!("{checked}: nothing found."),
        false => format!("{checked}: {}.", numbers.join(", ")),
    }
}

/// A finding in one line: split, image, the other image, values.
fn place(splits: &[CheckedSplit], finding: &DataFinding) -> String {
    finding_cells(splits, finding).into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
}

/// Split, image, other image and values of a finding.
pub(super) fn finding_cells(splits: &[CheckedSplit], finding: &DataFinding) -> [String; 4] {
    let image = finding.image.map(|image| image_name(splits, (finding.split, image)));
    let other = finding.other.map(|other| match other.0 == finding.split {
        true => format!("= {}", image_name(splits, other)),
        false => format!("= {} {}", split_name(splits, other.0), image_name(splits, other)),
    });
    let split = split_name(splits, finding.split).to_string();
    // Images that look alike are not equal.
    let sign = if finding.detail.starts_with("distance") { "~" } else { "=" };
    let other = other.map(|other| other.replacen('=', sign, 1));
    [split, image.unwrap_or_default(), other.unwrap_or_default(), finding.detail.clone()]
}

/// Headings and rows of the table of splits.
pub(super) fn split_table(splits: &[CheckedSplit], found: &DataCheck) -> (Vec<String>, Vec<Vec<String>>) {
    let headings =
        ["split", "images", "decoded", "classes", "boxes", "masks", "EXIF-turned", "pixels", "files"];
    let rows = splits.iter().zip(&found.splits).map(|(split, summary)| {
        vec![
            split.name.clone(),
            summary.images.to_string(),
            summary.decoded.to_string(),
            classes(summary),
            optional(summary.boxes),
            optional(summary.masks),
            turned(summary),
            summary.extent.map_or_else(|| "-".into(), extent),
            if summary.bytes > 0 { bytes::rounded(summary.bytes) } else { "-".into() },
        ]
    });
    (headings.map(String::from).to_vec(), rows.collect())
}

fn optional(count: Option<usize>) -> String {
    count.map_or_else(|| "-".into(), |count| count.to_string())
}

fn classes(summary: &SplitSummary) -> String {
    let used = summary.class_counts.iter().filter(|count| **count > 0).count();
    match summary.class_counts.len() {
        0 => "-".into(),
        all if all == used => all.to_string(),
        all => format!("{used} of {all}"),
    }
}

/// Numbers of files by orientation other than upright: `2 (6), 1 (3)`.
fn turned(summary: &SplitSummary) -> String {
    let counts = summary.orientations.iter().enumerate().filter(|(turn, count)| *turn > 1 && **count > 0);
    let counts: Vec<String> = counts.map(|(turn, count)| format!("{count} (orientation {turn})")).collect();
    if counts.is_empty() { "-".into() } else { counts.join(", ") }
}

fn extent([least, most]: [(usize, usize); 2]) -> String {
    match least == most {
        true => format!("{}x{}", least.0, least.1),
        false => format!("{}x{} to {}x{}", least.0, least.1, most.0, most.1),
    }
}

/// A table in columns: the first to the left, the others to the right.
fn aligned(headings: &[String], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).chain(headings.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for row in std::iter::once(headings).chain(rows.iter().map(Vec::as_slice)) {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<0$}", width(column)),
            _ => format!("{cell:>0$}", width(column)),
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
