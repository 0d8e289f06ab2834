//! A data set of files: the common result of all layout readers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use super::decode::{DECODING, decode, dimensions, read};
use super::edges::RelativeBox;
use super::error::DatasetError;
use super::image_error::{ImageError, OnBadImage};
use super::mask_source::{MaskSource, union_of_masks};
use super::names::NameIndex;
use super::truth::GroundTruth;
use super::{Dataset, DeclaredReading, Examined, OutsideBoxes, Remark, files};
use camlab_raster::{PixelBox, Rgb};

/// One image of a list.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Stable name; also the image file relative to the image folder, separated by `/`, unless `file` is set.
    pub(super) id: String,
    pub(super) file: Option<String>,
    pub(super) label: usize,
    /// All classes of the image, ascending; empty if `label` is the only one.
    pub(super) labels: Vec<usize>,
    /// Number of the image, if several records show one; records of one image follow each other.
    pub(super) image: Option<usize>,
    /// Width and height of the image that the boxes refer to; `None`: those of the file.
    pub(super) size: Option<(usize, usize)>,
    pub(super) boxes: Vec<PixelBox>,
    /// Boxes as fractions of the image's sides.
    pub(super) fractions: Vec<RelativeBox>,
    /// One per annotated instance.
    pub(super) masks: Vec<MaskSource>,
    /// Regions that metrics ignore except where an instance is.
    pub(super) ignored: Vec<MaskSource>,
}

/// Images in a fixed order, with labels and ground truth.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) images: PathBuf,
    pub(super) classes: Vec<String>,
    pub(super) records: Vec<Record>,
    /// Mask value that metrics ignore, if the layout has one.
    pub(super) ignore_value: Option<u8>,
    pub(super) has_boxes: bool,
    pub(super) has_masks: bool,
    /// Declared treatment of images and annotations that do not agree.
    pub(super) reading: DeclaredReading,
    /// Remarks about the lists.
    pub(super) remarks: Vec<Remark>,
}

impl Record {
    /// All boxes, in an image of that width and height.
    pub(super) fn boxes_in(&self, size: (usize, usize)) -> Vec<PixelBox> {
        self.boxes.iter().copied().chain(self.fractions.iter().map(|found| found.pixels(size))).collect()
    }
}

impl Listed {
    pub(super) fn file(&self, index: usize) -> PathBuf {
        let Record { id, file, .. } = &self.records[index];
        self.images.join(file.as_ref().unwrap_or(id))
    }
}

impl Dataset for Listed {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn len(&self) -> usize {
        self.records.len()
    }

    fn id(&self, index: usize) -> &str {
        &self.records[index].id
    }

    fn label(&self, index: usize) -> usize {
        self.records[index].label
    }

    fn labels(&self, index: usize) -> Vec<usize> {
        let Record { label, labels, .. } = &self.records[index];
        if labels.is_empty() { vec![*label] } else { labels.clone() }
    }

    fn image(&self, index: usize) -> usize {
        self.records[index].image.unwrap_or(index)
    }

    fn photo_as(&self, index: usize, on_bad: OnBadImage) -> Result<Rgb, ImageError> {
        decode(&self.file(index), on_bad, self.reading.exif)
    }

    fn reading(&self) -> DeclaredReading {
        self.reading
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn encoded(&self, index: usize) -> Option<Result<Vec<u8>, ImageError>> {
        let file = self.file(index);
        Some(read(&file).map_err(|fault| ImageError::new(&file, fault)))
    }

    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError> {
        let record = &self.records[index];
        let size = match record.size {
            Some(size) => size,
            None => dimensions(&self.file(index), self.reading.exif)?,
        };
        let mask = union_of_masks(&record.masks, &record.ignored, size, self.ignore_value)?;
        let mut boxes = record.boxes_in(size);
        if self.reading.outside_boxes == OutsideBoxes::LeaveOut {
            boxes.retain(|found| touches(found, size));
        }
        Ok(GroundTruth { size, boxes, mask })
    }

    fn has_masks(&self) -> bool {
        self.has_masks
    }

    fn has_boxes(&self) -> bool {
        self.has_boxes
    }

    fn content(&self, index: usize) -> Result<[u8; 32], DatasetError> {
        let file = self.file(index);
        match bytes_of(&file)? {
            Some(bytes) => Ok(digest(&bytes)),
            // Missing files have no content in common.
            None => Ok(digest(file.as_os_str().as_encoded_bytes())),
        }
    }

    /// Covers the classes, every record as parsed (so a list's formatting does not matter) and the bytes of every
    /// image and mask. A missing file counts as missing; the error or skip occurs when it is loaded.
    fn examine(&self) -> Result<Examined, DatasetError> {
        self.examined()
    }

    fn stamp(&self, now: SystemTime) -> Option<String> {
        let of_file = |path: &Path| files::stamp(path, now).map(|stamp| digest(stamp.as_bytes())).ok_or(());
        let of_record = |index: usize| self.record_digest(index, of_file);
        let all: Result<Vec<[u8; 32]>, ()> = (0..self.len()).into_par_iter().map(of_record).collect();
        // What the lists say is told with what the files say.
        let known = format!("{} {:?}", self.digest_of(&all.ok()?), self.remarks);
        Some(blake3::hash(known.as_bytes()).to_hex().to_string())
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut all = Vec::with_capacity(self.records.len());
        for (index, record) in self.records.iter().enumerate() {
            all.push(files::on_disk(&self.file(index)));
            let masks = record.masks.iter().chain(&record.ignored).filter_map(MaskSource::path);
            all.extend(masks.map(files::on_disk));
        }
        // Images of one archive, or rows of one image.
        all.dedup();
        all
    }
}

impl Listed {
    /// Digest of the set from those of its records.
    pub(super) fn digest_of(&self, records: &[[u8; 32]]) -> String {
        let mut hasher = blake3::Hasher::new();
        let Self { classes, ignore_value, reading, .. } = self;
        hasher.update(format!("{classes:?} {ignore_value:?} {reading:?} decoding {DECODING}").as_bytes());
        records.iter().for_each(|digest| {
            hasher.update(digest);
        });
        hasher.finalize().to_hex().to_string()
    }

    /// Digest of a record, where `of_file` gives the digest of each file, the image first.
    pub(super) fn record_digest<E>(
        &self,
        index: usize,
        mut of_file: impl FnMut(&Path) -> Result<[u8; 32], E>,
    ) -> Result<[u8; 32], E> {
        let Record { id, file: _, label, labels, image, size, boxes, fractions, masks, ignored } =
            &self.records[index];
        let mut hasher = blake3::Hasher::new();
        // Mask files count by content.
        let [shapes, regions] = [masks, ignored].map(|masks| masks.iter().map(MaskSource::key).collect());
        let (shapes, regions): (Vec<String>, Vec<String>) = (shapes, regions);
        hasher.update(
            format!(
                "{id:?} {label} {labels:?} {image:?} {size:?} {boxes:?} {fractions:?} {shapes:?} {regions:?}"
            )
            .as_bytes(),
        );
        hasher.update(&of_file(&self.file(index))?);
        for path in masks.iter().chain(ignored).filter_map(MaskSource::path) {
            hasher.update(&of_file(path)?);
        }
        Ok(*hasher.finalize().as_bytes())
    }
}

pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// Bytes of a file; `None` if it does not exist.
pub(super) fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>, DatasetError> {
    match files::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DatasetError::file(path, format!("cannot be read: {error}"))),
    }
}

/// `true` if a box has a pixel in an image of that width and height.
pub(super) fn touches(found: &PixelBox, (width, height): (usize, usize)) -> bool {
    let within = |from: i32, to: i32, side: usize| to >= 0 && i64::from(from) < side as i64;
    within(found.x0, found.x1, width) && within(found.y0, found.y1, height)
}

/// Index of the records by name; `twice` makes the error for a duplicate name.
pub(super) fn by_id(
    records: &[Record],
    twice: impl Fn(&str) -> DatasetError,
) -> Result<NameIndex, DatasetError> {
    let mut index = NameIndex::default();
    for (i, record) in records.iter().enumerate() {
        if !index.insert(&record.id, i) {
            return Err(twice(&record.id));
        }
    }
    Ok(index)
}

/// Display names of classes with WordNet ids: the first synonym, followed by the id if several classes share it
/// ("crane" is a bird and a machine).
pub(super) fn display_names(classes: &[(String, String)]) -> Vec<String> {
    let first = |words: &str| words.split(',').next().unwrap_or(words).trim().to_string();
    let mut count: HashMap<String, usize> = HashMap::new();
    for (_, words) in classes {
        *count.entry(first(words)).or_default() += 1;
    }
    classes
        .iter()
        .map(|(id, words)| match first(words) {
            name if count[&name] == 1 => name,
            name => format!("{name} ({id})"),
        })
        .collect()
}
