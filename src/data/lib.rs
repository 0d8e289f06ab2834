//! Data sets: images, labels and ground truth.

mod annotation;
mod augment;
mod bounded;
pub mod check;
mod class_list;
mod class_sample;
mod container;
mod decode;
mod error;
mod exif;
mod folder;
mod image_error;
mod imagenet_cls_loc;
mod input;
mod jpeg;
mod lines;
mod listed;
mod loader;
mod mask_file;
mod normalise;
mod part;
pub mod path;
mod places365;
mod rows;
mod synthetic;
mod tiny_imagenet;
mod truth;
mod unlabelled;
mod wsol_metadata;

use std::path::PathBuf;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_raster::Rgb;

pub use augment::{Augment, Augmentation, ColorJitter, CropWindow, Padding, ResizedCrop, Shift};
pub use class_list::ClassList;
pub use class_sample::ClassSample;
pub use decode::{decode, dimensions};
pub use error::DatasetError;
pub use exif::orientation;
pub use folder::{Folder, images_only};
pub use image_error::{ImageError, ImageFault, OnBadImage};
pub use imagenet_cls_loc::ImagenetClsLoc;
pub use input::{InputSize, InputSpec, ResampleFilter, resize};
pub use loader::{Batches, LoadError, Loading, PhotoBatch};
pub use normalise::{ChannelOrder, PixelAffine, PixelNormalisation};
pub use part::{DatasetPart, PartSide};
pub use places365::Places365;
pub use synthetic::Synthetic;
pub use tiny_imagenet::TinyImagenet;
pub use truth::GroundTruth;
pub use wsol_metadata::WsolMetadata;

registry! {
    /// A data set as named in an experiment file.
    pub enum DatasetSpec as "dataset" {
        "synthetic" => Synthetic(Synthetic),
            "procedural textured shapes among distractors, with exact boxes and masks; needs no files";
        "wsol-metadata" => WsolMetadata(WsolMetadata),
            "lists of ids, labels, sizes and boxes or masks (wsolevaluation, Choe et al., CVPR 2020)";
        "tiny-imagenet" => TinyImagenet(TinyImagenet),
            "the Tiny-ImageNet layout: wnids.txt, words.txt, train/WNID, val; one box per image";
        "imagenet-cls-loc" => ImagenetClsLoc(ImagenetClsLoc),
            "ImageNet's CLS-LOC data in Kaggle's or the plain layout: val with boxes from XML, train with labels only";
        "places365" => Places365(Places365),
            "the Places365 layout: scenes with labels, without boxes (Zhou et al. 2018)";
        "folder" => Folder(Folder),
            "a folder of images, sorted by class or with a list of labels; boxes from a CSV, masks from PNGs";
        "part" => DatasetPart(DatasetPart),
            "a random fraction of another data set, drawn within each class, or the rest of it";
        "class-sample" => ClassSample(ClassSample),
            "the same number of images of every class of another data set, drawn at random";
    }
    /// The implementation of this data set.
    fn reader -> Reader;
}

/// A reader of data sets: what one row of the registry does.
pub trait Reader {
    /// Checks the options without reading any file.
    ///
    /// # Errors
    /// An option out of range.
    fn check(&self) -> Result<(), DatasetError> {
        Ok(())
    }

    /// Opens the data set: reads its lists, but not its images.
    ///
    /// # Errors
    /// Invalid options, or lists that are missing or inconsistent.
    fn open(&self) -> Result<Box<dyn Dataset>, DatasetError>;
}

impl DatasetSpec {
    /// Checks the options without reading any file.
    ///
    /// # Errors
    /// An option out of range.
    pub fn check(&self) -> Result<(), DatasetError> {
        self.reader().check()
    }
}

/// Split of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Training images.
    #[default]
    Train,
    /// Validation images, for choosing settings.
    Val,
    /// Test images, for reported results.
    Test,
}

impl Split {
    /// Name in TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

/// Images in a fixed order, each with one label and, where available, ground truth.
///
/// Every `index` must be below [`Self::len`]; otherwise the methods panic.
pub trait Dataset: Send + Sync {
    /// Display names of the classes; labels are indices into them.
    fn classes(&self) -> &[String];

    /// Number of images.
    fn len(&self) -> usize;

    /// True without images (never after [`open`]).
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Stable name of an image, unique in the set.
    fn id(&self, index: usize) -> &str;

    /// Class label of an image.
    fn label(&self, index: usize) -> usize;

    /// False if the images have no labels; [`Self::label`] is then 0 and means nothing.
    fn has_labels(&self) -> bool {
        true
    }

    /// Reads an image at its stored size under a policy. [`OnBadImage::Skip`] behaves like `Error` here: the caller
    /// skips.
    ///
    /// # Errors
    /// The fault of the file.
    fn photo_as(&self, index: usize, on_bad: OnBadImage) -> Result<Rgb, ImageError>;

    /// Reads an image that must be valid 8-bit RGB.
    ///
    /// # Errors
    /// The fault of the file.
    fn photo(&self, index: usize) -> Result<Rgb, ImageError> {
        self.photo_as(index, OnBadImage::Error)
    }

    /// The bytes of an image's file as stored; `None` for a set without files.
    fn encoded(&self, index: usize) -> Option<Result<Vec<u8>, ImageError>> {
        let _ = index;
        None
    }

    /// Boxes and mask of an image. For evaluation only.
    ///
    /// # Errors
    /// A mask that cannot be read, or an image whose size is needed and cannot be read.
    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError>;

    /// True if every [`GroundTruth`] has a mask.
    fn has_masks(&self) -> bool;

    /// True if every [`GroundTruth`] has boxes.
    fn has_boxes(&self) -> bool;

    /// blake3 of one image's content, whatever its name or label: equal images have equal digests. The pixels by
    /// default; a reader of files can do without decoding them.
    ///
    /// # Errors
    /// An image that cannot be read.
    fn content(&self, index: usize) -> Result<[u8; 32], DatasetError> {
        Ok(*blake3::hash(&self.photo(index)?.data).as_bytes())
    }

    /// blake3 digest (hexadecimal) of everything the set can return; independent of file times and paths.
    ///
    /// # Errors
    /// A file that exists but cannot be read.
    fn digest(&self) -> Result<String, DatasetError>;

    /// Digest (hexadecimal) of the file metadata of everything that [`Dataset::digest`] covers: sets with equal
    /// stamps have equal digests. `None` where that is not certain (see [`stamp`](camlab_base::stamp)), or where a
    /// stamp would save nothing.
    fn stamp(&self, now: SystemTime) -> Option<String> {
        let _ = now;
        None
    }

    /// The files of images and masks that [`Dataset::digest`] covers; empty for a set without files. Lists are left out.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// Opens a data set: reads its lists, but not its images.
///
/// # Errors
/// Invalid options, or lists that are missing or inconsistent.
pub fn open(spec: &DatasetSpec) -> Result<Box<dyn Dataset>, DatasetError> {
    spec.reader().open()
}

/// Digest of a data set's content, for cache keys; reads every image once, in parallel.
///
/// # Errors
/// As [`open`] and [`Dataset::digest`].
pub fn digest(spec: &DatasetSpec) -> Result<String, DatasetError> {
    open(spec)?.digest()
}
