use image::{DynamicImage, ImageDecoder};

use super::image_error::MAX_PIXELS;

/// The pixels of one of `image`'s decoders, which may take as much memory as the largest photograph needs.
pub(super) fn from_decoder(mut decoder: impl ImageDecoder) -> image::ImageResult<DynamicImage> {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(8 * MAX_PIXELS as u64);
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}
