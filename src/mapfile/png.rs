//! Grey PNG images.

use std::io::{BufRead, Seek};

use camlab_raster::Map;
use image::codecs::png::PngDecoder;
use image::{DynamicImage, ImageDecoder, Limits};

use super::axes::MapAxes;
use super::error::MapFault;
use super::options::MapFileOptions;
use super::plane::{MAX_EXPANSION, checked_sides, oriented};
use super::scale::{StoredValue, ValueScale};

/// Reads the map in an image of `held` bytes: 8 or 16 bits per pixel (less is extended to 8), grey, or colours that are
/// all grey. Alpha is ignored. Values are divided by the largest of their depth.
///
/// # Errors
/// A damaged image, a pixel that is not grey, a value outside of the declared range.
pub(crate) fn read_image(
    reader: impl BufRead + Seek,
    held: u64,
    options: &MapFileOptions,
    channel: Option<usize>,
) -> Result<Map, MapFault> {
    if let Some(channel) = channel {
        return Err(MapFault::Channel { channel, held: 1 });
    }
    let broken = |error: image::ImageError| MapFault::Image(error.to_string());
    let mut decoder = PngDecoder::new(reader).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let sides = checked_sides(height.into(), width.into())?;
    let needed = decoder.total_bytes();
    // The decoder makes up to 24 bits of one: a palette of two colours.
    if needed / 24 > held.saturating_mul(MAX_EXPANSION) {
        return Err(MapFault::Image(format!("{held} bytes cannot expand to {width}x{height} pixels")));
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(needed.saturating_mul(2).saturating_add(1 << 20));
    decoder.set_limits(limits).map_err(broken)?;
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let values = grey(&image, width as usize, ValueScale::new(options))?;
    Ok(oriented(sides, values, options.axes == MapAxes::Xy, options.flip))
}

fn grey(image: &DynamicImage, width: usize, scale: ValueScale) -> Result<Vec<f32>, MapFault> {
    let bytes = |samples: &[u8], count| values(samples, count, u8::MAX.into(), width, scale);
    let words = |samples: &[u16], count| values(samples, count, u16::MAX, width, scale);
    match image {
        DynamicImage::ImageLuma8(image) => bytes(image, 1),
        DynamicImage::ImageLumaA8(image) => bytes(image, 2),
        DynamicImage::ImageRgb8(image) => bytes(image, 3),
        DynamicImage::ImageRgba8(image) => bytes(image, 4),
        DynamicImage::ImageLuma16(image) => words(image, 1),
        DynamicImage::ImageLumaA16(image) => words(image, 2),
        DynamicImage::ImageRgb16(image) => words(image, 3),
        DynamicImage::ImageRgba16(image) => words(image, 4),
        other => Err(MapFault::Image(format!("pixels of the type {:?}", other.color()))),
    }
}

/// The grey value of each pixel of `count` samples.
fn values<T: Copy + Into<u16>>(
    samples: &[T],
    count: usize,
    maximum: u16,
    width: usize,
    scale: ValueScale,
) -> Result<Vec<f32>, MapFault> {
    let pixels = samples.chunks_exact(count).enumerate().map(|(at, pixel)| {
        if let [red, green, blue, ..] = *pixel {
            let [red, green, blue] = [red, green, blue].map(Into::into);
            if red != green || red != blue {
                return Err(MapFault::Colour {
                    x: at % width.max(1),
                    y: at / width.max(1),
                    red,
                    green,
                    blue,
                });
            }
        }
        let value = pixel.first().copied().map_or(0, Into::into);
        scale.apply(StoredValue {
            narrow: f32::from(value) / f32::from(maximum),
            wide: f64::from(value) / f64::from(maximum),
        })
    });
    pixels.collect()
}
