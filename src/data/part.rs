//! A part of another data set.

use std::path::PathBuf;
use std::time::SystemTime;

use rand::seq::SliceRandom as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::image_rows::{self, image_rows};
use super::{
    Dataset, DatasetError, DatasetSpec, DeclaredReading, Examined, GroundTruth, ImageError, OnBadImage,
    Reader, Remark, Synthetic,
};
use camlab_base::random::stream;
use camlab_raster::Rgb;

/// Increased when the same options choose other images.
const VERSION: u32 = 2;

/// A random part of a data set, drawn within each class so that all classes keep their shares. An image with several
/// labels is drawn as a whole, with those of its rarest class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DatasetPart {
    /// The whole data set.
    pub of: Box<DatasetSpec>,
    /// Fraction of the images that is held out, above 0 and below 1.
    pub fraction: f64,
    /// Seed of the draw.
    #[serde(default)]
    pub seed: u64,
    /// The images that are meant.
    #[serde(default)]
    pub side: PartSide,
}

/// One of the two parts that a draw makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartSide {
    /// The images that are held out.
    #[default]
    HeldOut,
    /// All others.
    Rest,
}

impl PartSide {
    /// `true` for the images that are held out.
    pub(super) fn is_held_out(&self) -> bool {
        *self == Self::HeldOut
    }
}

impl Default for DatasetPart {
    fn default() -> Self {
        let of = Box::new(DatasetSpec::Synthetic(Synthetic::default()));
        Self { of, fraction: 0.2, seed: 0, side: PartSide::default() }
    }
}

impl Reader for DatasetPart {
    fn check(&self) -> Result<(), DatasetError> {
        if !(self.fraction > 0.0 && self.fraction < 1.0) {
            let problem = format!("{} is out of range; write more than 0 and less than 1", self.fraction);
            return Err(DatasetError::option("fraction", problem));
        }
        self.of.check()
    }

    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        self.check()?;
        let whole = self.of.reader().open(reading)?;
        let images = image_rows(&*whole);
        let labels = image_rows::rarest_labels(&*whole, &images);
        let held = held_out(&labels, whole.classes().len(), self.fraction, self.seed);
        let own = |image: &usize| held.binary_search(image).is_ok() == (self.side == PartSide::HeldOut);
        let indices: Vec<usize> =
            (0..images.len()).filter(own).flat_map(|image| images[image].clone()).collect();
        if indices.is_empty() {
            let problem = format!("leaves no image of {}; choose another fraction", whole.len());
            return Err(DatasetError::option("fraction", problem));
        }
        let options = format!("part {VERSION} {} {} {:?}", self.fraction, self.seed, self.side);
        Ok(Box::new(PartOfSet { whole, indices, options }))
    }
}

/// Ascending positions of the held-out images among all, by one label of each: a fraction of every class, rounded so that the total is the fraction of
/// all images; classes with the largest remainders get one more.
fn held_out(labels: &[usize], classes: usize, fraction: f64, seed: u64) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (index, label) in labels.iter().enumerate() {
        if let Some(class) = members.get_mut(*label) {
            class.push(index);
        }
    }
    let shares: Vec<f64> = members.iter().map(|class| class.len() as f64 * fraction).collect();
    let mut counts: Vec<usize> = shares.iter().map(|share| share.floor() as usize).collect();
    let total = (labels.len() as f64 * fraction).round() as usize;
    let mut order: Vec<usize> = (0..classes).collect();
    // Among classes with equal remainders the draw decides: of classes with one image each, the first in the list would all
    // be held out.
    order.shuffle(&mut stream(seed, "data/part/classes"));
    let remainder = |class: usize| shares[class] - shares[class].floor();
    order.sort_by(|a, b| remainder(*b).total_cmp(&remainder(*a)));
    let missing = total.saturating_sub(counts.iter().sum());
    for class in order.into_iter().filter(|class| remainder(*class) > 0.0).take(missing) {
        counts[class] += 1;
    }
    let mut held = Vec::with_capacity(total);
    for (class, (mut members, count)) in members.into_iter().zip(counts).enumerate() {
        members.shuffle(&mut stream(seed, &format!("data/part/{class}")));
        members.truncate(count);
        held.append(&mut members);
    }
    held.sort_unstable();
    held
}

/// Some of the images of a set.
pub(super) struct PartOfSet {
    pub(super) whole: Box<dyn Dataset>,
    /// Indices into `whole`, ascending.
    pub(super) indices: Vec<usize>,
    /// Text of the options that chose them.
    pub(super) options: String,
}

impl Dataset for PartOfSet {
    fn classes(&self) -> &[String] {
        self.whole.classes()
    }

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn id(&self, index: usize) -> &str {
        self.whole.id(self.indices[index])
    }

    fn label(&self, index: usize) -> usize {
        self.whole.label(self.indices[index])
    }

    fn labels(&self, index: usize) -> Vec<usize> {
        self.whole.labels(self.indices[index])
    }

    fn image(&self, index: usize) -> usize {
        self.whole.image(self.indices[index])
    }

    fn reading(&self) -> DeclaredReading {
        self.whole.reading()
    }

    fn remarks(&self) -> &[Remark] {
        self.whole.remarks()
    }

    fn has_labels(&self) -> bool {
        self.whole.has_labels()
    }

    fn photo_as(&self, index: usize, on_bad: OnBadImage) -> Result<Rgb, ImageError> {
        self.whole.photo_as(self.indices[index], on_bad)
    }

    fn encoded(&self, index: usize) -> Option<Result<Vec<u8>, ImageError>> {
        self.whole.encoded(self.indices[index])
    }

    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError> {
        self.whole.truth(self.indices[index])
    }

    fn has_masks(&self) -> bool {
        self.whole.has_masks()
    }

    fn has_boxes(&self) -> bool {
        self.whole.has_boxes()
    }

    fn content(&self, index: usize) -> Result<[u8; 32], DatasetError> {
        self.whole.content(self.indices[index])
    }

    fn examine(&self) -> Result<Examined, DatasetError> {
        let Examined { digest, remarks } = self.whole.examine()?;
        let text = format!("{} {digest}", self.options);
        Ok(Examined { digest: blake3::hash(text.as_bytes()).to_hex().to_string(), remarks })
    }

    fn stamp(&self, now: SystemTime) -> Option<String> {
        let text = format!("{} {}", self.options, self.whole.stamp(now)?);
        Some(blake3::hash(text.as_bytes()).to_hex().to_string())
    }

    fn files(&self) -> Vec<PathBuf> {
        self.whole.files()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::held_out;

    proptest! {
        #[test]
        fn every_class_keeps_its_share(
            labels in proptest::collection::vec(0usize..5, 1..300),
            fraction in 0.01f64..0.99,
            seed: u64,
        ) {
            let held = held_out(&labels, 5, fraction, seed);
            prop_assert!(held.is_sorted() && held.windows(2).all(|pair| pair[0] != pair[1]));
            let wanted = labels.len() as f64 * fraction;
            prop_assert!((held.len() as f64 - wanted).abs() <= 1.0);
            for class in 0..5 {
                let all = labels.iter().filter(|label| **label == class).count() as f64;
                let own = held.iter().filter(|index| labels[**index] == class).count() as f64;
                prop_assert!((own - all * fraction).abs() <= 1.0, "class {class}: {own} of {all}");
            }
            prop_assert_eq!(&held, &held_out(&labels, 5, fraction, seed));
        }
    }
}
