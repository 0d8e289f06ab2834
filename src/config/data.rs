use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PartOf, SplitSource, ValidationData};
use camlab_data::{
    Augment, ClassSample, DatasetPart, DatasetSpec, DeclaredReading, ExifOrientation, InputSpec, OnBadImage,
    OtherAspect, OutsideBoxes, PartSide, ReadAs,
};
use camlab_parts::cluster::{Labelled, LabelledSplit};

/// `[data]`: data sets and preprocessing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Data {
    /// Training images; needed only if a network is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<DatasetSpec>,
    /// Validation images, for early stopping and other choices; a data set, or a part of `train` or `test`, which then
    /// loses these images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub val: Option<ValidationData>,
    /// Test images: maps are computed for them and evaluated on them.
    pub test: DatasetSpec,
    /// Size and normalisation of the network's input.
    pub input: InputSpec,
    /// Treatment of unreadable images.
    #[serde(default)]
    pub on_bad_image: OnBadImage,
    /// Treatment of the EXIF orientation of photographs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exif: ExifOrientation,
    /// Treatment of boxes without a pixel in their image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub outside_boxes: OutsideBoxes,
    /// Treatment of masks whose aspect ratio is neither that of the image file nor that of the size in the annotations.
    #[serde(default, skip_serializing_if = "is_default")]
    pub other_aspect: OtherAspect,
    /// Treatment of images that two of `train`, `val` and `test` have in common, by content.
    #[serde(default)]
    pub overlap: Overlap,
    /// Augmentation of training images.
    #[serde(default)]
    pub augment: Augment,
    /// Augmentation of individual training stages by name, instead of `augment`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stage_augment: BTreeMap<String, Augment>,
    /// Random sample of the test images; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Visibility of the test images' labels outside the evaluation.
    #[serde(default)]
    pub labels: Labels,
    /// Test images per forward pass.
    #[serde(default = "default_batch")]
    pub batch: usize,
}

impl Data {
    /// Gives every data set the declared treatment of images and annotations that do not agree, and makes data sets of
    /// their own of the parts that `val` takes from another.
    pub fn resolve(&mut self) {
        self.declare();
        let Some(ValidationData::Part(PartOf { of, fraction, seed })) = self.val.clone() else { return };
        let whole = match of {
            SplitSource::Train => self.train.as_mut(),
            SplitSource::Test => Some(&mut self.test),
        };
        let Some(whole) = whole else { return };
        let part = |side| {
            DatasetSpec::DatasetPart(DatasetPart { of: Box::new(whole.clone()), fraction, seed, side })
        };
        let (held, rest) = (part(PartSide::HeldOut), part(PartSide::Rest));
        *whole = rest;
        self.val = Some(ValidationData::Dataset(held));
    }

    fn declare(&mut self) {
        let reading = self.reading();
        // Moved, not copied: a resolved experiment can be resolved again.
        (self.exif, self.outside_boxes, self.other_aspect) = Default::default();
        let val = match &mut self.val {
            Some(ValidationData::Dataset(spec)) => Some(spec),
            _ => None,
        };
        for spec in self.train.as_mut().into_iter().chain(val).chain([&mut self.test]) {
            declare(spec, reading);
        }
    }

    fn reading(&self) -> DeclaredReading {
        let (exif, outside_boxes, other_aspect) = (self.exif, self.outside_boxes, self.other_aspect);
        DeclaredReading { exif, outside_boxes, other_aspect }
    }

    /// Gives another data set of the experiment the declared treatment; before [`Self::resolve`].
    pub(super) fn declare_for(&self, spec: Option<&mut DatasetSpec>) {
        if let Some(spec) = spec {
            declare(spec, self.reading());
        }
    }

    /// The validation images, if they are a data set of their own.
    pub fn validation(&self) -> Option<&DatasetSpec> {
        match &self.val {
            Some(ValidationData::Dataset(spec)) => Some(spec),
            _ => None,
        }
    }

    /// The images whose labels a semi-supervised clustering may read, a data set of their own; `None` without the split
    /// that they are taken from. Parts must be resolved, see [`Self::resolve`].
    pub fn labelled(&self, labelled: &Labelled) -> Option<DatasetSpec> {
        let split = match labelled.split {
            LabelledSplit::Train => self.train.as_ref(),
            LabelledSplit::Val => self.validation(),
        }?;
        let Labelled { images, seed, .. } = *labelled;
        let (of, side) = (Box::new(split.clone()), PartSide::HeldOut);
        Some(DatasetSpec::ClassSample(ClassSample { of, images, seed, side }))
    }

    /// The data sets with their keys; parts of others are left out before [`Self::resolve`].
    pub fn sets(&self) -> impl Iterator<Item = (&'static str, &DatasetSpec)> {
        let train = self.train.as_ref().map(|spec| ("data.train", spec));
        let val = self.validation().map(|spec| ("data.val", spec));
        train.into_iter().chain(val).chain([("data.test", &self.test)])
    }
}

/// Treatment of images that two splits have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// The experiment does not run.
    #[default]
    Error,
    /// The report says how many there are.
    Allow,
}

fn declare(spec: &mut DatasetSpec, reading: DeclaredReading) {
    if !reading.is_default() {
        *spec = DatasetSpec::ReadAs(ReadAs { of: Box::new(spec.clone()), reading });
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_batch() -> usize {
    16
}

/// A random sample of the test images, without replacement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sample {
    /// Number of images.
    pub count: usize,
    /// Seed of the sample only, so that every seed of the experiment is evaluated on the same images.
    #[serde(default)]
    pub seed: u64,
}

/// Visibility of the test images' labels outside the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Maps may be made for each image's true class.
    #[default]
    Known,
    /// Only the evaluation uses the labels: neither training nor the choice of target classes does.
    Unknown,
}
