use image::{DynamicImage, ImageDecoder};

use super::image_error::MAX_PIXELS;

/// Decodes the pixels with one of the `image` crate's decoders, limited to the memory that the largest accepted image
/// needs.
pub(super) fn from_decoder(mut decoder: impl ImageDecoder) -> image::ImageResult<DynamicImage> {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(8 * MAX_PIXELS as u64);
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}
