//! One image of a data set: decoded, hashed and compared with its ground truth.

use std::path::Path;

use super::boxes::{Fault, TruthChecks, of_truth};
use super::finding::{FindingKind, Severity};
use super::perceptual::perceptual_hash;
use crate::container::PhotoFormat;
use crate::decode::{named_rightly, pixels, plain_rgb, sized};
use crate::exif::orientation;
use crate::image_error::{ImageFault, OnBadImage};
use crate::{Dataset, DatasetError};
use camlab_raster::Rgb;

/// Facts about one image.
#[derive(Debug, Default)]
pub(super) struct ImageFacts {
    pub(super) faults: Vec<Fault>,
    /// First 128 bits of the content's blake3 hash; `None` if it cannot be read.
    pub(super) content: Option<[u8; 16]>,
    pub(super) perceptual: Option<u64>,
    /// Width and height of the file; `None` if it is not decoded.
    pub(super) size: Option<(usize, usize)>,
    /// Bytes of the file.
    pub(super) bytes: u64,
    pub(super) orientation: Option<u8>,
    pub(super) boxes: usize,
    pub(super) has_mask: bool,
}

/// A decoded file with the faults that a run would convert.
struct DecodedFile {
    photo: Rgb,
    faults: Vec<ImageFault>,
}

/// Checks one image. `on_bad_image` is the treatment that a run has for files that are not 8-bit RGB; `None`: not known.
pub(super) fn image_facts(
    dataset: &dyn Dataset,
    index: usize,
    on_bad_image: Option<OnBadImage>,
) -> ImageFacts {
    let mut facts = ImageFacts::default();
    let decoded = match dataset.encoded(index) {
        Some(Ok(bytes)) => {
            facts.bytes = bytes.len() as u64;
            facts.content = (!bytes.is_empty()).then(|| shortened(*blake3::hash(&bytes).as_bytes()));
            facts.orientation = orientation(&bytes);
            decode_file(Path::new(dataset.id(index)), &bytes)
        }
        Some(Err(error)) => Err(error.fault),
        // Images that are no files have no other faults than those of drawing them.
        None => match dataset.photo_as(index, OnBadImage::Convert) {
            Ok(photo) => {
                facts.content = Some(shortened(*blake3::hash(&photo.data).as_bytes()));
                Ok(DecodedFile { photo, faults: Vec::new() })
            }
            Err(error) => Err(error.fault),
        },
    };
    let photo = match decoded {
        Ok(DecodedFile { photo, faults }) => {
            facts.faults.extend(faults.iter().map(|fault| of_file(fault, on_bad_image)));
            photo
        }
        Err(fault) => {
            facts.faults.push(of_file(&fault, on_bad_image));
            return facts;
        }
    };
    if let Some(turn) = facts.orientation.filter(|turn| *turn != 1) {
        facts.faults.push((FindingKind::Turned, Severity::Warning, format!("orientation {turn}")));
    }
    let size = (photo.width, photo.height);
    facts.size = Some(size);
    facts.perceptual = perceptual_hash(&photo);
    if facts.perceptual.is_none() {
        facts.faults.push((FindingKind::Flat, Severity::Warning, String::new()));
    }
    match dataset.truth(index) {
        Ok(truth) => {
            facts.boxes = truth.boxes.len();
            facts.has_mask = truth.mask.is_some();
            let turned = facts.orientation.is_some_and(|turn| turn >= 5);
            let declared =
                TruthChecks { reading: dataset.reading(), turned, boxes_expected: dataset.has_boxes() };
            facts.faults.extend(of_truth(&truth, size, declared));
        }
        Err(error) => {
            facts.faults.push((FindingKind::TruthUnreadable, Severity::Error, reason(&error)));
        }
    }
    facts
}

fn shortened(digest: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

/// Decodes a file and collects the faults that a run would convert.
fn decode_file(name: &Path, bytes: &[u8]) -> Result<DecodedFile, ImageFault> {
    let format = PhotoFormat::sniff(bytes)?;
    let mut faults: Vec<ImageFault> = named_rightly(name, format).err().into_iter().collect();
    let header = sized(format, bytes)?;
    if header.components == 4 {
        faults.push(ImageFault::Cmyk);
    }
    let image = pixels(format, bytes, header.components)?;
    faults.extend(plain_rgb(image.color()).err());
    let rgb = image.into_rgb8();
    let photo = Rgb { height: rgb.height() as usize, width: rgb.width() as usize, data: rgb.into_raw() };
    Ok(DecodedFile { photo, faults })
}

/// Finding for a fault of a file, as heavy as its consequence in a run.
fn of_file(fault: &ImageFault, on_bad_image: Option<OnBadImage>) -> Fault {
    let (kind, detail) = FindingKind::of_fault(fault);
    let severity = match (on_bad_image, fault.convertible()) {
        (Some(OnBadImage::Convert), true) => Severity::Note,
        (Some(OnBadImage::Skip), _) | (None, true) => Severity::Warning,
        _ => Severity::Error,
    };
    (kind, severity, detail)
}

/// Error text in one line, without the path of an image.
fn reason(error: &DatasetError) -> String {
    error.to_string().replace('\n', " ")
}
