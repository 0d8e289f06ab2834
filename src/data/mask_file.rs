//! Ground-truth masks from image files.

use std::io::Cursor;
use std::path::Path;

use image::ColorType;

use super::container::{Header, PhotoFormat};
use super::decode::{pixels, read, sized};
use super::image_error::{ImageError, ImageFault};
use camlab_raster::Mask;

/// Reads a mask: a pixel is object (1) if any colour channel is `from` or more, and ignored (255) if every channel
/// equals `ignore`.
///
/// # Errors
/// A file that is missing, corrupt, or has 16 bits per channel.
pub(super) fn read_mask(path: &Path, from: u8, ignore: Option<u8>) -> Result<Mask, ImageError> {
    let image = read(path)
        .and_then(|bytes| {
            let format = PhotoFormat::sniff(&bytes)?;
            let header = sized(format, &bytes)?;
            pixels(format, &bytes, header.components)
        })
        .map_err(|fault| ImageError::new(path, of_mask(fault)))?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    let classify = |colour: &[u8]| match ignore {
        Some(value) if colour.iter().all(|&channel| channel == value) => 255,
        _ => u8::from(colour.iter().any(|&channel| channel >= from)),
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

/// The fault of a mask, for which the remedies of photographs are none.
fn of_mask(fault: ImageFault) -> ImageFault {
    match fault {
        ImageFault::Empty => ImageFault::Mask("an empty file"),
        ImageFault::NotAnImage => ImageFault::Mask("no image"),
        ImageFault::OtherFormat(name) => ImageFault::Mask(name),
        fault => fault,
    }
}

/// Reads a PNG whose pixels are numbers, as indices into a palette or as grey values: object (1) where the number is `index`,
/// ignored (255) where it is 255.
///
/// # Errors
/// A file that is missing, corrupt, or a PNG of colours or 16 bits.
pub(super) fn indexed_mask(path: &Path, index: u8) -> Result<Mask, ImageError> {
    let bytes = read(path).map_err(|fault| ImageError::new(path, fault))?;
    indices(&bytes, index).map_err(|fault| ImageError::new(path, of_mask(fault)))
}

fn indices(bytes: &[u8], index: u8) -> Result<Mask, ImageFault> {
    let format = PhotoFormat::sniff(bytes)?;
    if format != PhotoFormat::Png {
        return Err(ImageFault::Indices("JPEG"));
    }
    // Size and completeness.
    let Header { width, height, depth, .. } = sized(format, bytes)?;
    let broken = |error: png::DecodingError| ImageFault::Broken(error.to_string());
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    // The indices, and not the colours that they stand for.
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(broken)?;
    match reader.output_color_type().0 {
        png::ColorType::Indexed | png::ColorType::Grayscale if depth <= 8 => {}
        png::ColorType::Grayscale => return Err(ImageFault::Indices("16-bit")),
        _ => return Err(ImageFault::Indices("an image of colours")),
    }
    let needed = reader.output_buffer_size().ok_or(ImageFault::TooLarge { width, height })?;
    let mut rows = vec![0; needed];
    let line = reader.next_frame(&mut rows).map_err(broken)?.line_size;
    let bits = usize::from(depth);
    let number = |row: &[u8], x: usize| {
        let bit = x * bits;
        row.get(bit / 8).map_or(0, |byte| (byte >> (8 - bits - bit % 8)) & (255 >> (8 - bits)))
    };
    let class = |number: u8| match number {
        255 => 255,
        number => u8::from(number == index),
    };
    let data = rows.chunks_exact(line.max(1)).take(height);
    let data = data.flat_map(|row| (0..width).map(move |x| class(number(row, x)))).collect();
    Ok(Mask { height, width, data })
}
