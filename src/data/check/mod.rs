//! Checks of whole data sets: files, ground truth, classes, duplicates.
//!
//! Images are decoded in chunks, in parallel; per image, 40 bytes stay in memory. Findings are handed to the caller in
//! an order that does not depend on the number of threads; of each kind, the first ones are kept as examples.

mod boxes;
mod duplicates;
mod facts;
mod finding;
mod near;
mod perceptual;
mod summary;

use rayon::prelude::*;

use crate::image_error::OnBadImage;
use crate::{Dataset, DatasetError};
use camlab_base::counted;
use duplicates::{ImageHashes, ImagePair, alike, equal};
use facts::image_facts;

pub use finding::{DataFinding, FindingKind, Severity};
pub use near::MAX_DISTANCE;
pub use summary::{DataCheck, FoundKind, SplitSummary};

/// Images that are decoded before their findings are handed on.
const CHUNK: usize = 256;
/// Number of images of the largest class per image of the smallest from which a split is imbalanced.
const IMBALANCE: usize = 10;

/// A split to check.
pub struct CheckedSplit {
    /// Its name: `train`, `val` or `test`.
    pub name: String,
    /// The images, or the reason why they cannot be opened.
    pub dataset: Result<Box<dyn Dataset>, DatasetError>,
}

/// Options of a check.
#[derive(Debug, Clone)]
pub struct DataCheckOptions {
    /// Treatment of files that are not 8-bit RGB in the run that the check is for; `None`: not known.
    pub on_bad_image: Option<OnBadImage>,
    /// True if that run allows equal images in two splits.
    pub overlap_allowed: bool,
    /// Hamming distance of perceptual hashes up to which images look alike, 0 to [`MAX_DISTANCE`] of 64 bits; `None`: near
    /// duplicates are not searched.
    pub near: Option<u32>,
}

/// Receiver of what a check finds, while it runs.
pub trait DataCheckObserver {
    /// Number of images decoded so far.
    fn progress(&mut self, done: usize);

    /// The next finding.
    ///
    /// # Errors
    /// The finding cannot be written; the check ends.
    fn finding(&mut self, finding: &DataFinding) -> std::io::Result<()>;
}

/// Checks splits of a data set, in their order.
///
/// # Errors
/// The observer's.
pub fn check(
    splits: &[CheckedSplit],
    options: &DataCheckOptions,
    observer: &mut dyn DataCheckObserver,
) -> std::io::Result<DataCheck> {
    let mut scan =
        Scan { splits, options, observer, found: DataCheck::new(splits.len()), hashes: Vec::new() };
    let mut first = 0;
    for (split, checked) in splits.iter().enumerate() {
        match &checked.dataset {
            Ok(dataset) => {
                scan.images(split, dataset.as_ref(), first)?;
                for remark in dataset.remarks() {
                    let fault = (FindingKind::LeftOut, Severity::Note, remark.to_string());
                    scan.tell((split, None), fault, None)?;
                }
                scan.classes(split, &checked.name, dataset.has_labels())?;
                first += dataset.len();
            }
            Err(error) => {
                let detail = error.to_string();
                scan.tell((split, None), (FindingKind::Unopened, Severity::Error, detail), None)?;
            }
        }
    }
    scan.duplicates()?;
    Ok(scan.found)
}

/// A check in progress.
struct Scan<'a> {
    splits: &'a [CheckedSplit],
    options: &'a DataCheckOptions,
    observer: &'a mut dyn DataCheckObserver,
    found: DataCheck,
    hashes: Vec<ImageHashes>,
}

impl Scan<'_> {
    fn tell(
        &mut self,
        (split, image): (usize, Option<usize>),
        (kind, severity, detail): boxes::Fault,
        other: Option<(usize, usize)>,
    ) -> std::io::Result<()> {
        let finding = DataFinding { kind, severity, split, image, other, detail };
        self.observer.finding(&finding)?;
        self.found.add(finding);
        Ok(())
    }

    /// Decodes the images of a split, the first of which has the position `first`.
    fn images(&mut self, split: usize, dataset: &dyn Dataset, first: usize) -> std::io::Result<()> {
        let on_bad_image = self.options.on_bad_image;
        self.found.splits[split] = SplitSummary::new(dataset);
        let mut start = 0;
        while start < dataset.len() {
            let end = (start + CHUNK).min(dataset.len());
            let facts: Vec<_> =
                (start..end).into_par_iter().map(|index| image_facts(dataset, index, on_bad_image)).collect();
            for (index, facts) in (start..end).zip(facts) {
                // A further row of an image with several classes: its file is known, its boxes are not.
                let further = index > 0 && dataset.image(index) == dataset.image(index - 1);
                self.found.splits[split].add(&facts, dataset.label(index), further);
                let position = u32::try_from(first + index).ok();
                if let (Some(content), Some(position)) = (facts.content.filter(|_| !further), position) {
                    self.hashes.push(ImageHashes { content, perceptual: facts.perceptual, position });
                }
                for fault in facts.faults {
                    if further && !fault.0.is_of_truth() {
                        continue;
                    }
                    self.tell((split, Some(index)), fault, None)?;
                }
            }
            self.observer.progress(first + end);
            start = end;
        }
        Ok(())
    }

    /// Compares the sizes of a split's classes.
    fn classes(&mut self, split: usize, split_name: &str, labelled: bool) -> std::io::Result<()> {
        if !labelled {
            self.found.splits[split].class_counts.clear();
            return Ok(());
        }
        let counts = self.found.splits[split].class_counts.clone();
        let names = self.found.splits[split].classes.clone();
        // Classes that no image of the test has are common: a network may know more than are tested.
        let severity = if split_name == "train" { Severity::Warning } else { Severity::Note };
        let empty: Vec<&String> =
            names.iter().zip(&counts).filter(|(_, count)| **count == 0).map(|(name, _)| name).collect();
        if let Some(first) = empty.first() {
            let more = if empty.len() > 1 { format!(", the first: {first}") } else { format!(": {first}") };
            let detail = format!("{} of {}{more}", empty.len(), names.len());
            self.tell((split, None), (FindingKind::ClassEmpty, severity, detail), None)?;
        }
        let used = || names.iter().zip(&counts).filter(|(_, count)| **count > 0);
        let (small, large) =
            (used().min_by_key(|(_, count)| **count), used().max_by_key(|(_, count)| **count));
        if let (Some((small, few)), Some((large, many))) = (small, large)
            && *many > IMBALANCE * *few
        {
            let detail = format!("{large}: {}; {small}: {}", counted(*many, "image"), counted(*few, "image"));
            self.tell((split, None), (FindingKind::Imbalance, Severity::Note, detail), None)?;
        }
        Ok(())
    }

    /// Compares the images of all splits with each other.
    fn duplicates(&mut self) -> std::io::Result<()> {
        let mut hashes = std::mem::take(&mut self.hashes);
        let ends: Vec<usize> = self
            .splits
            .iter()
            .scan(0, |end, split| {
                *end += split.dataset.as_ref().map_or(0, |dataset| dataset.len());
                Some(*end)
            })
            .collect();
        let split_of = |position: u32| ends.partition_point(|end| *end <= position as usize);
        let place = |position: u32| {
            let split = split_of(position);
            let start = split.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
            (split, position as usize - start)
        };
        for ImagePair { position, earlier, .. } in equal(&mut hashes, split_of) {
            let (image, other) = (place(position), place(earlier));
            let between = if self.options.overlap_allowed { Severity::Warning } else { Severity::Error };
            let fault = match (image.0 == other.0, self.labels(image, other)) {
                (false, _) => (FindingKind::DuplicateBetween, between, String::new()),
                (true, None) => (FindingKind::Duplicate, Severity::Warning, String::new()),
                (true, Some(labels)) => (FindingKind::DuplicateLabel, Severity::Warning, labels),
            };
            self.tell((image.0, Some(image.1)), fault, Some(other))?;
        }
        let Some(near) = self.options.near else { return Ok(()) };
        for ImagePair { position, earlier, distance } in alike(&mut hashes, near, split_of) {
            let (image, other) = (place(position), place(earlier));
            let fault = match image.0 == other.0 {
                true => (FindingKind::NearDuplicate, Severity::Note),
                false => (FindingKind::NearBetween, Severity::Warning),
            };
            let detail = format!("distance {distance} of 64");
            self.tell((image.0, Some(image.1)), (fault.0, fault.1, detail), Some(other))?;
        }
        Ok(())
    }

    /// The labels of two images of one split, if they differ and have a meaning.
    fn labels(&self, image: (usize, usize), other: (usize, usize)) -> Option<String> {
        let dataset = self.splits.get(image.0)?.dataset.as_ref().ok()?;
        if !dataset.has_labels() {
            return None;
        }
        let (own, second) = (dataset.label(image.1), dataset.label(other.1));
        let name = |label: usize| dataset.classes().get(label).map_or("?", String::as_str);
        (own != second).then(|| format!("{} and {}", name(own), name(second)))
    }
}
