//! Counts of a check, and its first findings of each kind.

use super::facts::ImageFacts;
use super::finding::{DataFinding, FindingKind, Severity};
use crate::Dataset;

/// Number of findings of a kind that are kept.
const EXAMPLES: usize = 20;

/// Result of a check.
#[derive(Debug, Clone, Default)]
pub struct DataCheck {
    /// One per split.
    pub splits: Vec<SplitSummary>,
    /// Kinds of findings with their number, the heaviest first.
    pub kinds: Vec<FoundKind>,
}

/// Findings of one kind and weight.
#[derive(Debug, Clone)]
pub struct FoundKind {
    /// The kind.
    pub kind: FindingKind,
    /// The weight.
    pub severity: Severity,
    /// Number of findings.
    pub count: usize,
    /// The first 20.
    pub examples: Vec<DataFinding>,
}

/// Counts of one split.
#[derive(Debug, Clone, Default)]
pub struct SplitSummary {
    /// Number of images that the data set lists.
    pub images: usize,
    /// Names of the classes; empty if the set was not opened.
    pub classes: Vec<String>,
    /// Number of images of each class; empty without labels.
    pub class_counts: Vec<usize>,
    /// Number of images that were decoded.
    pub decoded: usize,
    /// Number of boxes; `None` for a set without boxes.
    pub boxes: Option<usize>,
    /// Number of images with a mask; `None` for a set without masks.
    pub masks: Option<usize>,
    /// Number of files with each EXIF orientation, 1 to 8; index 0 counts those without one.
    pub orientations: [usize; 9],
    /// The smallest and the largest width and height, in pixels; `None` before the first image.
    pub extent: Option<[(usize, usize); 2]>,
    /// Size of all image files, in bytes.
    pub bytes: u64,
}

impl SplitSummary {
    pub(super) fn new(dataset: &dyn Dataset) -> Self {
        Self {
            classes: dataset.classes().to_vec(),
            class_counts: vec![0; dataset.classes().len()],
            boxes: dataset.has_boxes().then_some(0),
            masks: dataset.has_masks().then_some(0),
            ..Self::default()
        }
    }

    /// Adds a row; a `further` one of an image that was added counts for its class, boxes and mask only.
    pub(super) fn add(&mut self, facts: &ImageFacts, label: usize, further: bool) {
        if let Some(count) = self.class_counts.get_mut(label) {
            *count += 1;
        }
        // Images with boxes or masks can occur in a set where not all have them.
        if facts.boxes > 0 {
            *self.boxes.get_or_insert(0) += facts.boxes;
        }
        if facts.has_mask {
            *self.masks.get_or_insert(0) += 1;
        }
        if further {
            return;
        }
        self.images += 1;
        self.bytes += facts.bytes;
        let orientation = usize::from(facts.orientation.unwrap_or(0));
        if let Some(count) = self.orientations.get_mut(orientation) {
            *count += 1;
        }
        let Some((width, height)) = facts.size else { return };
        self.decoded += 1;
        let [least, most] = self.extent.unwrap_or([(width, height); 2]);
        self.extent =
            Some([(least.0.min(width), least.1.min(height)), (most.0.max(width), most.1.max(height))]);
    }
}

impl DataCheck {
    pub(super) fn new(splits: usize) -> Self {
        Self { splits: vec![SplitSummary::default(); splits], kinds: Vec::new() }
    }

    pub(super) fn add(&mut self, finding: DataFinding) {
        let key = (finding.severity, finding.kind);
        let place = self.kinds.binary_search_by_key(&key, |found| (found.severity, found.kind));
        let place = place.unwrap_or_else(|place| {
            let (severity, kind) = key;
            self.kinds.insert(place, FoundKind { kind, severity, count: 0, examples: Vec::new() });
            place
        });
        let Some(found) = self.kinds.get_mut(place) else { return };
        found.count += 1;
        if found.examples.len() < EXAMPLES {
            found.examples.push(finding);
        }
    }

    /// Number of findings of a weight.
    pub fn count(&self, severity: Severity) -> usize {
        self.kinds.iter().filter(|found| found.severity == severity).map(|found| found.count).sum()
    }
}
