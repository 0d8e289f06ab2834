//! From a grid of channels to one vector.

use super::check::image;
use crate::nn::{OpError, Value};

/// All numbers of an image in one row: `[n, c, h, w]` to `[n, c * h * w]`; torch: `flatten(x, 1)`.
///
/// The order is torch's, channel by channel and within it row by row, whatever the memory order of images is here:
/// the columns of the linear layer behind it (`classifier.0` of a VGG checkpoint) are laid out for it.
///
/// # Errors
/// An input without four dimensions.
pub fn flatten(x: Value) -> Result<Value, OpError> {
    let [batch, channels, height, width] = image("flatten", "the input", &x)?;
    // Images lie in that very order: data and gradient are the same numbers under another shape.
    Ok(Value { shape: vec![batch, channels * height * width], ..x })
}
