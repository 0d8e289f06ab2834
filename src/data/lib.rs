//! Data sets: images, labels and ground truth.

mod agreement;
mod annotation;
mod augment;
mod beside;
mod bounded;
pub mod check;
mod class_labels;
mod class_list;
mod class_sample;
mod coco;
mod container;
mod cub;
mod decode;
mod edges;
mod error;
mod examined;
pub mod exif;
mod files;
mod folder;
mod hugging_face;
mod image_error;
mod image_rows;
mod imagenet_cls_loc;
mod input;
mod jpeg;
mod lines;
mod listed;
mod loader;
mod mask_file;
mod mask_source;
mod names;
mod normalise;
mod objects;
mod part;
pub mod path;
mod places365;
mod polygon;
mod read_as;
mod reading;
mod rows;
mod run_length;
mod synthetic;
mod text;
mod tiny_imagenet;
mod truth;
mod unlabelled;
mod voc;
mod webdataset;
mod wsol_metadata;
mod yolo;

use std::path::PathBuf;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_raster::Rgb;

pub use agreement::CHECKS;
pub use augment::{Augment, Augmentation, ColorJitter, CropWindow, Padding, ResizedCrop, Shift};
pub use class_list::ClassList;
pub use class_sample::ClassSample;
pub use coco::{Coco, CrowdObjects};
pub use cub::Cub;
pub use decode::{decode, dimensions};
pub use error::DatasetError;
pub use examined::{Examined, Remark};
pub use folder::{Folder, images_only};
pub use hugging_face::HuggingFace;
pub use image_error::{ImageError, ImageFault, OnBadImage};
pub use image_rows::{ImageLabels, image_rows};
pub use imagenet_cls_loc::ImagenetClsLoc;
pub use input::{InputSize, InputSpec, ResampleFilter, resize};
pub use loader::{Batches, LoadError, Loading, PhotoBatch};
pub use normalise::{ChannelOrder, PixelAffine, PixelNormalisation};
pub use objects::LabelRows;
pub use part::{DatasetPart, PartSide};
pub use places365::Places365;
pub use read_as::ReadAs;
pub use reading::{DeclaredReading, ExifOrientation, OtherAspect, OutsideBoxes};
pub use synthetic::Synthetic;
pub use tiny_imagenet::TinyImagenet;
pub use truth::GroundTruth;
pub use voc::{DifficultObjects, Voc, VocImageSet, VocMasks};
pub use webdataset::WebDataset;
pub use wsol_metadata::WsolMetadata;
pub use yolo::Yolo;

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
            "the Places365 layout: scenes with labels; boxes and masks of one's own (Zhou et al. 2018)";
        "cub" => Cub(Cub),
            "CUB-200-2011: birds with one box and, where segmentations are there, masks (Wah et al. 2011)";
        "voc" => Voc(Voc),
            "PASCAL VOC: image sets, boxes from XML, masks by palette index (Everingham et al., IJCV 2010)";
        "coco" => Coco(Coco),
            "COCO's instances: boxes, polygons and run lengths in one JSON file (Lin et al., ECCV 2014)";
        "yolo" => Yolo(Yolo),
            "YOLO's text labels: boxes or polygons in fractions, with data.yaml or classes.txt";
        "webdataset" => WebDataset(WebDataset),
            "WebDataset: tar shards with an image and its label per sample";
        "huggingface" => HuggingFace(HuggingFace),
            "Parquet shards with a column of images, as Hugging Face's datasets has them";
        "folder" => Folder(Folder),
            "a folder of images, sorted by class or with a list of labels; boxes from a CSV, masks from PNGs";
        "part" => DatasetPart(DatasetPart),
            "a random fraction of another data set, drawn within each class, or the rest of it";
        "class-sample" => ClassSample(ClassSample),
            "the same number of images of every class of another data set, drawn at random";
        "read-as" => ReadAs(ReadAs),
            "another data set, read with a declared treatment of images and annotations that do not agree";
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

    /// Opens the data set: reads its lists, but not its images. `reading` declares the treatment of files that do not agree.
    ///
    /// # Errors
    /// Invalid options, or lists that are missing or inconsistent.
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError>;
}

impl DatasetSpec {
    /// Checks the options without reading any file.
    ///
    /// # Errors
    /// An option out of range.
    pub fn check(&self) -> Result<(), DatasetError> {
        self.reader().check()
    }

    /// Name of the layout that is read: of a data set that is declared by another, that of the other.
    pub fn layout(&self) -> &'static str {
        match self {
            Self::ReadAs(ReadAs { of, .. })
            | Self::DatasetPart(DatasetPart { of, .. })
            | Self::ClassSample(ClassSample { of, .. }) => of.layout(),
            _ => self.name(),
        }
    }

    /// The same images with `count` classes, named by their labels; `None` if the options say which classes there are. Of use
    /// for images without labels, or whose labels are numbers.
    pub fn with_class_count(&self, count: usize) -> Option<Self> {
        let classes = Some(ClassList::Count(count));
        match self {
            Self::Folder(folder) if folder.classes.is_none() => {
                Some(Self::Folder(Folder { classes, ..folder.clone() }))
            }
            Self::WsolMetadata(lists) if lists.classes.is_none() => {
                Some(Self::WsolMetadata(WsolMetadata { classes, ..lists.clone() }))
            }
            Self::ReadAs(ReadAs { of, reading }) => {
                let of = Box::new(of.with_class_count(count)?);
                Some(Self::ReadAs(ReadAs { of, reading: *reading }))
            }
            Self::DatasetPart(part) => {
                let of = Box::new(part.of.with_class_count(count)?);
                Some(Self::DatasetPart(DatasetPart { of, ..part.clone() }))
            }
            Self::ClassSample(sample) => {
                let of = Box::new(sample.of.with_class_count(count)?);
                Some(Self::ClassSample(ClassSample { of, ..sample.clone() }))
            }
            _ => None,
        }
    }

    /// Declared treatment of its images and annotations.
    pub fn reading(&self) -> DeclaredReading {
        match self {
            Self::ReadAs(ReadAs { reading, .. }) => *reading,
            Self::DatasetPart(DatasetPart { of, .. }) | Self::ClassSample(ClassSample { of, .. }) => {
                of.reading()
            }
            _ => DeclaredReading::default(),
        }
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
/// Of images with several labels, there is one row for each class that an image shows, one after the other:
/// [`Self::label`] is the row's class, and the ground truth that of the class. [`Self::labels`] and [`Self::image`] tell
/// what rows have in common.
///
/// Every `index` must be below [`Self::len`]; otherwise the methods panic.
pub trait Dataset: Send + Sync {
    /// Display names of the classes; labels are indices into them.
    fn classes(&self) -> &[String];

    /// Number of images; of images with several labels, that of their rows.
    fn len(&self) -> usize;

    /// True without images (never after [`open`]).
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Stable name of an image, unique in the set.
    fn id(&self, index: usize) -> &str;

    /// Class label of an image.
    fn label(&self, index: usize) -> usize;

    /// All classes that the image shows, ascending, that of [`Self::label`] among them.
    fn labels(&self, index: usize) -> Vec<usize> {
        vec![self.label(index)]
    }

    /// Number of the image that the row shows: equal for rows of the same image.
    fn image(&self, index: usize) -> usize {
        index
    }

    /// Declared treatment of images and annotations that do not agree.
    fn reading(&self) -> DeclaredReading {
        DeclaredReading::default()
    }

    /// Remarks about the lists: what they name and the set leaves out.
    fn remarks(&self) -> &[Remark] {
        &[]
    }

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

    /// Reads every file once: the digest of the content, and images and annotations that do not agree.
    ///
    /// # Errors
    /// A file that exists but cannot be read, and what the set's [`DeclaredReading`] does not allow.
    fn examine(&self) -> Result<Examined, DatasetError>;

    /// Digest (hexadecimal) of the file metadata of everything that [`Dataset::examine`] covers: sets with equal
    /// stamps have equal digests. `None` where that is not certain (see [`stamp`](camlab_base::stamp)), or where a
    /// stamp would save nothing.
    fn stamp(&self, now: SystemTime) -> Option<String> {
        let _ = now;
        None
    }

    /// The files of images and masks that [`Dataset::examine`] covers; empty for a set without files. Lists are left out.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// `true` for a folder, or an archive that is read as one.
pub fn is_folder(path: &std::path::Path) -> bool {
    files::is_folder(path)
}

/// Opens a data set: reads its lists, but not its images.
///
/// # Errors
/// Invalid options, or lists that are missing or inconsistent.
pub fn open(spec: &DatasetSpec) -> Result<Box<dyn Dataset>, DatasetError> {
    spec.reader().open(DeclaredReading::default())
}

/// Digest of a data set's content, for cache keys; reads every image once, in parallel.
///
/// # Errors
/// As [`open`] and [`Dataset::examine`].
pub fn digest(spec: &DatasetSpec) -> Result<String, DatasetError> {
    Ok(open(spec)?.examine()?.digest)
}
