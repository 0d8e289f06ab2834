//! Agreement of the images of a data set with their annotations.

use std::path::Path;

use rayon::prelude::*;

use super::container::PhotoFormat;
use super::decode::{dimensions_of, sized};
use super::error::{DatasetError, in_order};
use super::examined::Counted;
use super::listed::{Listed, Record, bytes_of, digest, touches};
use super::{Examined, ExifOrientation, OtherAspect, OutsideBoxes, exif};

/// Version of the comparisons, increased when they find more, so that results of before are not taken for theirs.
pub const CHECKS: u32 = 2;

/// Largest difference of two aspect ratios that rounding is blamed for, as a fraction.
const ASPECT: f64 = 0.02;

/// Width and height.
type Extent = (usize, usize);

/// Results of reading the files of one record.
#[derive(Default)]
struct RecordFiles {
    digest: [u8; 32],
    /// `true` if the image has an EXIF orientation other than the stored one.
    turned: bool,
    /// Boxes without a pixel in the image.
    outside: usize,
    /// `true` if the size in the annotations has another aspect ratio than the image.
    other_aspect: bool,
    /// `true` if a mask has.
    odd_mask: bool,
}

impl Listed {
    /// Reads every file once.
    pub(super) fn examined(&self) -> Result<Examined, DatasetError> {
        let read: Vec<RecordFiles> =
            in_order((0..self.records.len()).into_par_iter().map(|index| self.read(index)).collect())?;
        let [mut turned, mut outside, mut other, mut masks] = [(); 4].map(|()| Counted::default());
        let mut image = None;
        for (record, files) in self.records.iter().zip(&read) {
            // Rows of one image count once.
            if record.image.is_none() || record.image != image {
                turned.add(usize::from(files.turned), &record.id);
                other.add(usize::from(files.other_aspect), &record.id);
            }
            image = record.image;
            outside.add(files.outside, &record.id);
            masks.add(usize::from(files.odd_mask), &record.id);
        }
        let turned = match self.reading.exif {
            ExifOrientation::Apply => turned.remark(
                "image turned as its EXIF orientation says",
                "images turned as their EXIF orientation says",
            ),
            ExifOrientation::Ignore => turned.remark(
                "image left as stored, though its EXIF orientation turns it",
                "images left as stored, though their EXIF orientation turns them",
            ),
        };
        let outside = match self.reading.outside_boxes {
            OutsideBoxes::Keep => outside
                .remark("box without a pixel in its image kept", "boxes without a pixel in their image kept"),
            _ => outside.remark(
                "box without a pixel in its image left out",
                "boxes without a pixel in their image left out",
            ),
        };
        let other = other.remark(
            "image has another aspect ratio than the size in its annotations: its boxes are scaled by each side",
            "images have another aspect ratio than the size in their annotations: their boxes are scaled by each side",
        );
        let masks = masks.remark(
            "mask of another aspect ratio than its image, scaled by each side",
            "masks of another aspect ratio than their image, scaled by each side",
        );
        let digests: Vec<[u8; 32]> = read.iter().map(|files| files.digest).collect();
        let found = [turned, outside, other, masks].into_iter().flatten();
        let remarks = self.remarks.iter().cloned().chain(found).collect();
        Ok(Examined { digest: self.digest_of(&digests), remarks })
    }

    fn read(&self, index: usize) -> Result<RecordFiles, DatasetError> {
        let (record, image) = (&self.records[index], self.file(index));
        let mut files = RecordFiles::default();
        let mut file = None;
        let of_file = |path: &Path| -> Result<[u8; 32], DatasetError> {
            let Some(bytes) = bytes_of(path)? else { return Ok([0; 32]) };
            if path == image {
                files.turned = exif::orientation(&bytes).is_some_and(|orientation| orientation > 1);
                // A fault of the image is told, or skipped, when it is loaded.
                file = dimensions_of(&bytes, self.reading.exif).ok();
            } else if let Some(size) = file {
                let mask = PhotoFormat::sniff(&bytes).and_then(|format| sized(format, &bytes));
                if let Ok(mask) = mask {
                    let found = (mask.width, mask.height);
                    files.odd_mask |= self.is_odd_mask(record, path, found, size)?;
                }
            }
            Ok(digest(&bytes))
        };
        files.digest = self.record_digest(index, of_file)?;
        if let (Some(declared), Some(file)) = (record.size, file) {
            self.same_sides(record, ("size in the annotations", &image), declared, file)?;
            files.other_aspect = !have_same_aspect(declared, file);
        }
        let Some(size) = record.size.or(file) else { return Ok(files) };
        let outside: Vec<_> =
            record.boxes_in(size).into_iter().filter(|found| !touches(found, size)).collect();
        files.outside = outside.len();
        let first = outside.first();
        match first.filter(|_| self.reading.outside_boxes == OutsideBoxes::Error) {
            Some(found) => {
                let camlab_raster::PixelBox { x0, y0, x1, y1 } = found;
                let (width, height) = size;
                let remedy = "correct the box, or set data.outside-boxes to \"leave-out\" or \"keep\"";
                Err(DatasetError::file(
                    &image,
                    format!(
                        "the box {x0},{y0},{x1},{y1} has no pixel in the image of {width}x{height}; {remedy}"
                    ),
                ))
            }
            None => Ok(files),
        }
    }

    /// Error for a size with the image's aspect ratio once width and height change places.
    fn same_sides(
        &self,
        record: &Record,
        (what, path): (&str, &Path),
        found: Extent,
        image: Extent,
    ) -> Result<(), DatasetError> {
        // Of a resized copy, the aspect ratio tells.
        let swapped = (found.1, found.0);
        if have_same_aspect(found, image) || !have_same_aspect(swapped, image) {
            return Ok(());
        }
        let bytes = bytes_of(&self.images.join(record.file.as_ref().unwrap_or(&record.id)))?;
        let turned = bytes.and_then(|bytes| exif::orientation(&bytes)).is_some_and(exif::swaps_sides);
        let remedy = match (turned, self.reading.exif) {
            (true, ExifOrientation::Apply) => {
                "it is that of the stored picture, so set data.exif = \"ignore\""
            }
            (true, ExifOrientation::Ignore) => {
                "it is that of the displayed picture, so set data.exif = \"apply\""
            }
            _ if what == "mask" => "turn the mask",
            _ => "write the width first",
        };
        let ((width, height), (own_width, own_height)) = (found, image);
        Err(DatasetError::file(
            path,
            format!(
                "the {what} is {width}x{height}, but the image `{}` is {own_width}x{own_height}: width and height are \
                 swapped; {remedy}",
                record.id
            ),
        ))
    }

    /// `true` if a mask has another aspect ratio than the image and its annotations, and that is allowed.
    fn is_odd_mask(
        &self,
        record: &Record,
        path: &Path,
        mask: Extent,
        image: Extent,
    ) -> Result<bool, DatasetError> {
        // Masks and sizes may be those of the original of which the image is a resized copy.
        if [Some(image), record.size].into_iter().flatten().any(|known| have_same_aspect(mask, known)) {
            return Ok(false);
        }
        self.same_sides(record, ("mask", path), mask, image)?;
        if self.reading.other_aspect == OtherAspect::Keep {
            return Ok(true);
        }
        let ((width, height), (own_width, own_height)) = (mask, image);
        let remedy =
            "check that it belongs to the image, or set data.other-aspect = \"keep\" to scale by each side";
        Err(DatasetError::file(
            path,
            format!(
                "the mask is {width}x{height}, but the image `{}` has another aspect ratio: {own_width}x{own_height}; \
                 {remedy}",
                record.id
            ),
        ))
    }
}

/// `true` for equal aspect ratios, as far as rounding to whole pixels allows.
pub(super) fn have_same_aspect(one: Extent, other: Extent) -> bool {
    let aspect = |(width, height): Extent| width as f64 / height as f64;
    // Of small images, a pixel more or less changes the ratio.
    let pixel = |(width, height): Extent| 1.0 / width.min(height) as f64;
    (aspect(one) / aspect(other) - 1.0).abs() <= ASPECT + pixel(one) + pixel(other)
}
