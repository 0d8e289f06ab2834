//! JPEG decoding by libjpeg, which the field's reference implementations use.
//!
//! Decoders differ in rounding, and a quarter of a grey level changes the MaxBoxAcc of layer3 Grad-CAM by one point
//! on 500 images; libjpeg gives exactly the pixels of PIL and OpenCV.

use std::any::Any;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, GrayImage, RgbImage};
use mozjpeg::{ColorSpace, Decompress};

use super::bounded::from_decoder;
use super::image_error::ImageFault;

/// Decodes a JPEG: grey, RGB, or CMYK converted to RGB.
pub(super) fn decode(bytes: &[u8], components: u8) -> Result<DynamicImage, ImageFault> {
    if components == 4 {
        // libjpeg does not convert CMYK to RGB itself.
        let decoder = JpegDecoder::new(Cursor::new(bytes)).and_then(from_decoder);
        return decoder.map_err(|error| ImageFault::Broken(error.to_string()));
    }
    // libjpeg reports errors by a long jump, which its Rust wrapper turns into an unwinding panic that prints no
    // message.
    let decoded = catch_unwind(AssertUnwindSafe(|| libjpeg(bytes)));
    let image = decoded.map_err(|payload| ImageFault::Broken(said(&*payload)))?;
    image.map_err(|error| ImageFault::Broken(error.to_string()))
}

fn libjpeg(bytes: &[u8]) -> std::io::Result<DynamicImage> {
    let header = Decompress::new_mem(bytes)?;
    let (width, height) = (header.width() as u32, header.height() as u32);
    let image = if header.color_space() == ColorSpace::JCS_GRAYSCALE {
        let mut rows = header.grayscale()?;
        let samples: Vec<u8> = rows.read_scanlines()?;
        rows.finish()?;
        GrayImage::from_raw(width, height, samples).map(DynamicImage::from)
    } else {
        let mut rows = header.rgb()?;
        let samples: Vec<[u8; 3]> = rows.read_scanlines()?;
        rows.finish()?;
        RgbImage::from_raw(width, height, samples.into_flattened()).map(DynamicImage::from)
    };
    image.ok_or_else(|| std::io::Error::other("the pixels do not fill the frame"))
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("libjpeg failed").to_string()
}
