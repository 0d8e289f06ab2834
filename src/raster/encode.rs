//! Encoding, decoding and scaling of images for display.

use image::{ExtendedColorType, ImageEncoder, ImageError, RgbImage, imageops};

use super::Rgb;

/// Decodes an image from PNG or JPEG bytes.
///
/// # Errors
/// If the bytes are neither format, or corrupt.
pub fn decode(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let image = image::load_from_memory(bytes)?.into_rgb8();
    Ok(Rgb { height: image.height() as usize, width: image.width() as usize, data: image.into_raw() })
}

/// Encodes the image as JPEG of the given quality, 1 to 100.
///
/// # Errors
/// If the image is empty or larger than JPEG allows.
pub fn jpeg(image: &Rgb, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).write_image(
        &image.data,
        image.width as u32,
        image.height as u32,
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// Encodes the image as PNG, lossless.
///
/// # Errors
/// If the image is empty.
pub fn png(image: &Rgb) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes).write_image(
        &image.data,
        image.width as u32,
        image.height as u32,
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// Resizes the image for display (triangle filter).
pub fn fit(image: &Rgb, height: usize, width: usize) -> Rgb {
    let (height, width) = (height.max(1), width.max(1));
    if (height, width) == (image.height, image.width) {
        return image.clone();
    }
    let source = RgbImage::from_raw(image.width as u32, image.height as u32, image.data.clone());
    let source = source.unwrap_or_default();
    let resized = imageops::resize(&source, width as u32, height as u32, imageops::FilterType::Triangle);
    Rgb { height, width, data: resized.into_raw() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Rgb {
        Rgb { height: 4, width: 5, data: (0..60).map(|value| value * 4).collect() }
    }

    #[test]
    fn png_comes_back_unchanged_and_jpeg_comes_back_near() {
        let image = ramp();
        assert_eq!(decode(&png(&image).unwrap()).unwrap(), image);
        let near = decode(&jpeg(&image, 95).unwrap()).unwrap();
        assert_eq!((near.height, near.width), (4, 5));
        assert!(near.data.iter().zip(&image.data).all(|(a, b)| a.abs_diff(*b) < 24));
    }

    #[test]
    fn fitting_gives_the_size_asked_for() {
        let fitted = fit(&ramp(), 9, 7);
        assert_eq!((fitted.height, fitted.width, fitted.data.len()), (9, 7, 9 * 7 * 3));
        assert!(decode(b"neither").is_err());
    }
}
