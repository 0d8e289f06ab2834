//! A data set of files: the common result of all layout readers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use super::Dataset;
use super::decode::DECODING;
use super::decode::{decode, dimensions, read};
use super::error::DatasetError;
use super::image_error::{ImageError, OnBadImage};
use super::mask_file::union_of_masks;
use super::truth::GroundTruth;
use camlab_base::stamp;
use camlab_raster::{PixelBox, Rgb};

/// One image of a list.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Image file relative to the image folder, separated by `/`; also its stable name.
    pub(super) id: String,
    pub(super) label: usize,
    /// Width and height of the image that the boxes refer to; `None`: those of the file.
    pub(super) size: Option<(usize, usize)>,
    pub(super) boxes: Vec<PixelBox>,
    /// One file per annotated instance.
    pub(super) masks: Vec<PathBuf>,
    /// Mask of a region that metrics ignore except where an instance is.
    pub(super) ignored: Option<PathBuf>,
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
}

impl Listed {
    fn file(&self, index: usize) -> PathBuf {
        self.images.join(&self.records[index].id)
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

    fn photo_as(&self, index: usize, on_bad: OnBadImage) -> Result<Rgb, ImageError> {
        decode(&self.file(index), on_bad)
    }

    fn encoded(&self, index: usize) -> Option<Result<Vec<u8>, ImageError>> {
        let file = self.file(index);
        Some(read(&file).map_err(|fault| ImageError::new(&file, fault)))
    }

    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError> {
        let record = &self.records[index];
        let size = match record.size {
            Some(size) => size,
            None => dimensions(&self.file(index))?,
        };
        let mask = union_of_masks(&record.masks, record.ignored.as_deref(), self.ignore_value)?;
        Ok(GroundTruth { size, boxes: record.boxes.clone(), mask })
    }

    fn has_masks(&self) -> bool {
        self.has_masks
    }

    fn has_boxes(&self) -> bool {
        self.has_boxes
    }

    fn content(&self, index: usize) -> Result<[u8; 32], DatasetError> {
        let file = self.file(index);
        match file_digest(&file)? {
            // Missing files have no content in common.
            [0, 0, 0, 0, 0, 0, 0, 0, ..] => Ok(*blake3::hash(file.as_os_str().as_encoded_bytes()).as_bytes()),
            digest => Ok(digest),
        }
    }

    /// Covers the classes, every record as parsed (so a list's formatting does not matter) and the bytes of every
    /// image and mask. A missing file counts as missing; the error or skip occurs when it is loaded.
    fn digest(&self) -> Result<String, DatasetError> {
        self.digest_of(&file_digest)
    }

    fn stamp(&self, now: SystemTime) -> Option<String> {
        self.digest_of(&|path| {
            stamp(path, now).map(|stamp| *blake3::hash(stamp.as_bytes()).as_bytes()).ok_or(())
        })
        .ok()
    }

    fn files(&self) -> Vec<PathBuf> {
        let of = |(index, record): (usize, &Record)| {
            std::iter::once(self.file(index)).chain(record.masks.clone()).chain(record.ignored.clone())
        };
        self.records.iter().enumerate().flat_map(of).collect()
    }
}

impl Listed {
    /// Digest of the records, where `of_file` gives the digest of each file.
    fn digest_of<E: Send>(&self, of_file: &OfFile<'_, E>) -> Result<String, E> {
        let digests: Vec<[u8; 32]> = (0..self.len())
            .into_par_iter()
            .map(|index| self.record_digest(index, of_file))
            .collect::<Result<_, _>>()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?} {:?} decoding {DECODING}", self.classes, self.ignore_value).as_bytes());
        digests.iter().for_each(|digest| {
            hasher.update(digest);
        });
        Ok(hasher.finalize().to_hex().to_string())
    }

    fn record_digest<E>(&self, index: usize, of_file: &OfFile<'_, E>) -> Result<[u8; 32], E> {
        let Record { id, label, size, boxes, masks, ignored } = &self.records[index];
        let mut hasher = blake3::Hasher::new();
        // Mask files count by content; the presence of an ignored region changes how masks are read.
        hasher.update(
            format!("{id:?} {label} {size:?} {boxes:?} {} {}", masks.len(), ignored.is_some()).as_bytes(),
        );
        for path in std::iter::once(&self.file(index)).chain(masks).chain(ignored) {
            hasher.update(&of_file(path)?);
        }
        Ok(*hasher.finalize().as_bytes())
    }
}

/// Digest of one file.
type OfFile<'a, E> = dyn Fn(&Path) -> Result<[u8; 32], E> + Sync + 'a;

fn file_digest(path: &Path) -> Result<[u8; 32], DatasetError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(*blake3::hash(&bytes).as_bytes()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok([0; 32]),
        Err(error) => Err(DatasetError::file(path, format!("cannot be read: {error}"))),
    }
}

/// Index of the records by name; `twice` makes the error for a duplicate name.
pub(super) fn by_id(
    records: &[Record],
    twice: impl Fn(&str) -> DatasetError,
) -> Result<HashMap<String, usize>, DatasetError> {
    let mut index = HashMap::with_capacity(records.len());
    for (i, record) in records.iter().enumerate() {
        if index.insert(record.id.clone(), i).is_some() {
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
