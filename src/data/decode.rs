//! Decoding of image files to 8-bit RGB; anything else is an error or an explicit conversion.

use std::io::{Cursor, ErrorKind};
use std::path::Path;

use image::codecs::png::PngDecoder;
use image::{ColorType, DynamicImage, ImageFormat};

use super::bounded::from_decoder;
use super::container::{Header, PhotoFormat, inspect};
use super::image_error::{ImageError, ImageFault, MAX_PIXELS, OnBadImage};
use super::reading::ExifOrientation;
use super::{exif, files, jpeg};
use camlab_raster::Rgb;

/// Version of the decoding, increased when the same file decodes to other pixels; part of every data set's digest.
pub(super) const DECODING: u32 = 4;

/// Reads a JPEG or PNG image. An EXIF orientation is applied or not as `exif` says.
///
/// Under [`OnBadImage::Convert`] grey is repeated, alpha dropped, 16 bits scaled to 8, CMYK converted and a wrong
/// extension ignored; otherwise each is an error.
///
/// # Errors
/// Any [`ImageFault`], with the file's name.
pub fn decode(path: &Path, on_bad: OnBadImage, exif: ExifOrientation) -> Result<Rgb, ImageError> {
    decode_or_fault(path, on_bad, exif).map_err(|fault| ImageError::new(path, fault))
}

/// Width and height of an image, from its header; of the turned image if `exif` says so.
///
/// # Errors
/// As [`decode`], except for faults that only decoding the pixels reveals.
pub fn dimensions(path: &Path, exif: ExifOrientation) -> Result<(usize, usize), ImageError> {
    let size = read(path).and_then(|bytes| dimensions_of(&bytes, exif));
    size.map_err(|fault| ImageError::new(path, fault))
}

/// [`dimensions`] of an image's bytes.
pub(super) fn dimensions_of(bytes: &[u8], exif: ExifOrientation) -> Result<(usize, usize), ImageFault> {
    let Header { width, height, .. } = sized(PhotoFormat::sniff(bytes)?, bytes)?;
    let swapped = exif == ExifOrientation::Apply && exif::orientation(bytes).is_some_and(exif::swaps_sides);
    Ok(if swapped { (height, width) } else { (width, height) })
}

fn decode_or_fault(path: &Path, on_bad: OnBadImage, exif: ExifOrientation) -> Result<Rgb, ImageFault> {
    let accept = |fault: ImageFault| match on_bad {
        OnBadImage::Convert if fault.convertible() => Ok(()),
        _ => Err(fault),
    };
    let bytes = read(path)?;
    let format = PhotoFormat::sniff(&bytes)?;
    named_rightly(path, format).or_else(accept)?;
    let header = sized(format, &bytes)?;
    if header.components == 4 {
        accept(ImageFault::Cmyk)?;
    }
    let image = pixels(format, &bytes, header.components)?;
    plain_rgb(image.color()).or_else(accept)?;
    let rgb = match exif::orientation(&bytes).filter(|_| exif == ExifOrientation::Apply) {
        Some(orientation) => exif::turned(image, orientation).into_rgb8(),
        None => image.into_rgb8(),
    };
    Ok(Rgb { height: rgb.height() as usize, width: rgb.width() as usize, data: rgb.into_raw() })
}

/// Reads the whole file, since completeness is checked to the last byte.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ImageFault> {
    files::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => ImageFault::Missing,
        _ => ImageFault::Unreadable(error.to_string()),
    })
}

/// Returns the header of a complete container of a supported size.
pub(super) fn sized(format: PhotoFormat, bytes: &[u8]) -> Result<Header, ImageFault> {
    let header = inspect(format, bytes)?;
    let Header { width, height, .. } = header;
    if width == 0 || height == 0 {
        return Err(ImageFault::ZeroSized { width, height });
    }
    if width.saturating_mul(height) > MAX_PIXELS {
        return Err(ImageFault::TooLarge { width, height });
    }
    if format == PhotoFormat::Jpeg && header.depth != 8 {
        return Err(ImageFault::Broken(format!("{}-bit JPEG samples are not supported", header.depth)));
    }
    Ok(header)
}

/// Pixels in the decoder's native colour type.
pub(super) fn pixels(format: PhotoFormat, bytes: &[u8], components: u8) -> Result<DynamicImage, ImageFault> {
    match format {
        PhotoFormat::Jpeg => jpeg::decode(bytes, components),
        PhotoFormat::Png => PngDecoder::new(Cursor::new(bytes))
            .and_then(from_decoder)
            .map_err(|error| ImageFault::Broken(error.to_string())),
    }
}

/// An extension of another image format is a fault; an unknown extension, or none, is not.
pub(super) fn named_rightly(path: &Path, format: PhotoFormat) -> Result<(), ImageFault> {
    let Some(extension) = path.extension().and_then(|extension| extension.to_str()) else { return Ok(()) };
    let promised = ImageFormat::from_extension(extension);
    let held = match format {
        PhotoFormat::Jpeg => ImageFormat::Jpeg,
        PhotoFormat::Png => ImageFormat::Png,
    };
    match promised {
        Some(promised) if promised != held => {
            Err(ImageFault::WronglyNamed { extension: extension.to_string(), held: format.name() })
        }
        _ => Ok(()),
    }
}

pub(super) fn plain_rgb(colour: ColorType) -> Result<(), ImageFault> {
    match colour {
        ColorType::Rgb8 => Ok(()),
        ColorType::L8 => Err(ImageFault::Grey),
        ColorType::La8 | ColorType::Rgba8 => Err(ImageFault::Alpha),
        _ => Err(ImageFault::SixteenBit),
    }
}
