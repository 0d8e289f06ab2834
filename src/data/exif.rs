//! The EXIF orientation of a photograph.

use image::DynamicImage;
use image::metadata::Orientation;

/// The orientation tag (0x0112) of a JPEG's APP1 segment or a PNG's `eXIf` chunk, 1 to 8; `None` without a valid one. 1 is
/// the stored orientation, 2 to 8 ask a viewer to turn or mirror the picture (EXIF 2.32, section 4.6.4).
pub fn orientation(bytes: &[u8]) -> Option<u8> {
    let chunk = match bytes {
        [0xff, 0xd8, ..] => in_jpeg(bytes),
        [0x89, b'P', b'N', b'G', ..] => in_png(bytes),
        _ => None,
    }?;
    Some(Orientation::from_exif_chunk(chunk)?.to_exif())
}

/// `true` if the displayed picture has the stored one's height as its width.
pub(super) fn swaps_sides(orientation: u8) -> bool {
    (5..=8).contains(&orientation)
}

/// The picture as a viewer displays it.
pub(super) fn turned(mut image: DynamicImage, orientation: u8) -> DynamicImage {
    if let Some(orientation) = Orientation::from_exif(orientation) {
        image.apply_orientation(orientation);
    }
    image
}

/// The TIFF structure in the first EXIF segment before the image data.
fn in_jpeg(bytes: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"Exif\0\0";
    let mut at = 2;
    loop {
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let code = bytes[at];
        // Start of scan, or end of image: no header follows.
        if code == 0xda || code == 0xd9 {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at + 1)?, *bytes.get(at + 2)?]));
        let segment = bytes.get(at + 3..at + 1 + length.max(2))?;
        if code == 0xe1 && segment.starts_with(NAME) {
            return segment.get(NAME.len()..);
        }
        at += 1 + length.max(2);
    }
}

fn in_png(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let (name, data) = (bytes.get(at + 4..at + 8)?, bytes.get(at + 8..at.checked_add(8 + length)?)?);
        match name {
            b"eXIf" => return Some(data),
            b"IEND" => return None,
            _ => at += 12 + length,
        }
    }
}
