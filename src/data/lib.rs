//! Data sets: where photographs, labels and ground truth come from.

mod annotation;
mod augment;
mod bounded;
mod container;
mod decode;
mod error;
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
pub mod path;
mod places365;
mod rows;
mod synthetic;
mod tiny_imagenet;
mod truth;
mod wsol_metadata;

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_raster::Rgb;

pub use augment::{Augment, Augmentation, ColorJitter, CropWindow, Padding, ResizedCrop, Shift};
pub use decode::{decode, dimensions};
pub use error::DatasetError;
pub use folder::Folder;
pub use image_error::{ImageError, ImageFault, OnBadImage};
pub use imagenet_cls_loc::ImagenetClsLoc;
pub use input::{InputSize, InputSpec, ResampleFilter, resize};
pub use loader::{Batches, LoadError, Loading, PhotoBatch};
pub use normalise::{ChannelOrder, PixelAffine, PixelNormalisation};
pub use places365::Places365;
pub use synthetic::Synthetic;
pub use tiny_imagenet::TinyImagenet;
pub use truth::GroundTruth;
pub use wsol_metadata::WsolMetadata;

registry! {
    /// A data set as an experiment file names it.
    pub enum DatasetSpec as "dataset" {
        "synthetic" => Synthetic(Synthetic),
            "procedural textured shapes on clutter, with exact boxes and masks; needs no files";
        "wsol-metadata" => WsolMetadata(WsolMetadata),
            "lists of ids, labels, sizes and boxes or masks (wsolevaluation, Choe et al., CVPR 2020)";
        "tiny-imagenet" => TinyImagenet(TinyImagenet),
            "the Tiny-ImageNet layout: wnids.txt, words.txt, train/WNID, val; a box an image";
        "imagenet-cls-loc" => ImagenetClsLoc(ImagenetClsLoc),
            "ImageNet's CLS-LOC layout, Kaggle's or the plain one: val with boxes from XML, train with labels";
        "places365" => Places365(Places365),
            "the Places365 layout: scenes with labels, no boxes";
        "folder" => Folder(Folder),
            "a folder of images by class or with a list of labels; boxes from a CSV, masks from PNGs";
    }
}

impl DatasetSpec {
    /// Whether the options make sense, as far as that can be told without looking at any file.
    ///
    /// # Errors
    /// An option out of range.
    pub fn check(&self) -> Result<(), DatasetError> {
        match self {
            Self::Synthetic(options) => synthetic::open(options).map(|_| ()),
            Self::WsolMetadata(_)
            | Self::TinyImagenet(_)
            | Self::ImagenetClsLoc(_)
            | Self::Places365(_)
            | Self::Folder(_) => Ok(()),
        }
    }
}

/// Which part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Images to learn from.
    #[default]
    Train,
    /// Images to choose settings by.
    Val,
    /// Images to report on.
    Test,
}

impl Split {
    /// The name TOML uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

/// Photographs in a fixed order with one label each and, where known, ground truth.
///
/// Every `index` must be below [`Self::len`]; the methods panic on others.
pub trait Dataset: Send + Sync {
    /// Display names of the classes; a label is an index into them.
    fn classes(&self) -> &[String];

    /// Photographs.
    fn len(&self) -> usize;

    /// Whether there is no photograph (never so after [`open`]).
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A photograph's stable name, unique in the set.
    fn id(&self, index: usize) -> &str;

    /// A photograph's class.
    fn label(&self, index: usize) -> usize;

    /// A photograph at its stored size, read under a policy ([`OnBadImage::Skip`] reads as `Error` does: the
    /// caller skips).
    ///
    /// # Errors
    /// What is wrong with the file.
    fn photo_as(&self, index: usize, on_bad: OnBadImage) -> Result<Rgb, ImageError>;

    /// A photograph that must be sound 8-bit RGB.
    ///
    /// # Errors
    /// What is wrong with the file.
    fn photo(&self, index: usize) -> Result<Rgb, ImageError> {
        self.photo_as(index, OnBadImage::Error)
    }

    /// A photograph's boxes and mask. The evaluation alone may ask for it.
    ///
    /// # Errors
    /// A mask that cannot be read, or an image whose size must be looked up and cannot.
    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError>;

    /// Whether every [`GroundTruth`] has a mask.
    fn has_masks(&self) -> bool;

    /// Whether every [`GroundTruth`] has boxes.
    fn has_boxes(&self) -> bool;

    /// A blake3 digest (hexadecimal) of everything the set would ever return; no file times, no paths.
    ///
    /// # Errors
    /// A file that is there but cannot be read.
    fn digest(&self) -> Result<String, DatasetError>;

    /// What the file system says of everything that the digest covers (hexadecimal): sets with the same stamp have the
    /// same digest. `None` where that is not certain, as [`stamp`](camlab_base::stamp), or where nothing is gained.
    fn stamp(&self, now: SystemTime) -> Option<String> {
        let _ = now;
        None
    }
}

/// Opens a data set: reads its lists, not its images.
///
/// # Errors
/// Options without meaning, lists that are missing or do not fit together.
pub fn open(spec: &DatasetSpec) -> Result<Box<dyn Dataset>, DatasetError> {
    Ok(match spec {
        DatasetSpec::Synthetic(options) => Box::new(synthetic::open(options)?),
        DatasetSpec::WsolMetadata(options) => Box::new(wsol_metadata::open(options)?),
        DatasetSpec::TinyImagenet(options) => Box::new(tiny_imagenet::open(options)?),
        DatasetSpec::ImagenetClsLoc(options) => Box::new(imagenet_cls_loc::open(options)?),
        DatasetSpec::Places365(options) => Box::new(places365::open(options)?),
        DatasetSpec::Folder(options) => Box::new(folder::open(options)?),
    })
}

/// A digest of a data set's content, for cache keys: reads every image once, in parallel.
///
/// # Errors
/// As [`open`] and [`Dataset::digest`].
pub fn digest(spec: &DatasetSpec) -> Result<String, DatasetError> {
    open(spec)?.digest()
}
