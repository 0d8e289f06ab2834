//! Ground-truth masks from image files.

use std::path::Path;

use image::ColorType;

use super::container::PhotoFormat;
use super::decode::{pixels, read, sized};
use super::image_error::{ImageError, ImageFault};
use camlab_raster::Mask;

/// Reads a mask: a pixel is object (1) if any colour channel is not 0, and ignored (255) if every channel equals
/// `ignore`.
///
/// # Errors
/// A file that is missing, corrupt, or has 16 bits per channel.
pub(super) fn read_mask(path: &Path, ignore: Option<u8>) -> Result<Mask, ImageError> {
    let image = read(path)
        .and_then(|bytes| {
            let format = PhotoFormat::sniff(&bytes)?;
            let header = sized(format, &bytes)?;
            pixels(format, &bytes, header.components)
        })
        .map_err(|fault| ImageError::new(path, fault))?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    let classify = |colour: &[u8]| match ignore {
        Some(value) if colour.iter().all(|&channel| channel == value) => 255,
        _ => u8::from(colour.iter().any(|&channel| channel != 0)),
    };
    let (channels, colours) = match image.color() {
        ColorType::L8 => (1, 1),
        ColorType::La8 => (2, 1),
        ColorType::Rgb8 => (3, 3),
        ColorType::Rgba8 => (4, 3),
        _ => return Err(ImageError::new(path, ImageFault::Mask("16-bit"))),
    };
    let data = image.as_bytes().chunks_exact(channels).map(|pixel| classify(&pixel[..colours])).collect();
    Ok(Mask { height, width, data })
}

/// Union of the masks of several instances and of an ignored region, as wsolevaluation's `get_mask`: object where any
/// instance is, ignored where only the region is. All are resized to the first mask's size. `None` without instances.
///
/// # Errors
/// As [`read_mask`].
pub(super) fn union_of_masks(
    instances: &[std::path::PathBuf],
    ignored: Option<&Path>,
    ignore_value: Option<u8>,
) -> Result<Option<Mask>, ImageError> {
    let mut union: Option<Mask> = None;
    for path in instances {
        let mask = read_mask(path, ignore_value)?;
        union = Some(match union {
            None => mask,
            Some(union) => combine(union, &mask, |so_far, new| match (so_far, new) {
                (1, _) | (_, 1) => 1,
                (so_far, new) => so_far.max(new),
            }),
        });
    }
    match (union, ignored) {
        (Some(union), Some(path)) => {
            let region = read_mask(path, None)?;
            Ok(Some(combine(
                union,
                &region,
                |object, ignored| if object == 0 { 255 * ignored } else { object },
            )))
        }
        (union, _) => Ok(union),
    }
}

fn combine(mut first: Mask, second: &Mask, rule: impl Fn(u8, u8) -> u8) -> Mask {
    let second = camlab_raster::resize_mask_nearest(second, first.height, first.width);
    for (value, other) in first.data.iter_mut().zip(&second.data) {
        *value = rule(*value, *other);
    }
    first
}
