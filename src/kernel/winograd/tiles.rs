//! The grid of tiles over a batch.

use super::OUT;
use crate::ConvShape;

/// Number of tiles along each axis of an image.
pub(super) fn grid(shape: &ConvShape) -> [usize; 2] {
    shape.out_size.map(|length| length.div_ceil(OUT))
}

/// Number of tiles of the whole batch.
pub(super) fn count(shape: &ConvShape) -> usize {
    let [rows, columns] = grid(shape);
    shape.batch * rows * columns
}

/// A tile's image and its first output row and column.
pub(super) fn place(shape: &ConvShape, tile: usize) -> (usize, [usize; 2]) {
    let [rows, columns] = grid(shape);
    let (image, tile) = (tile / (rows * columns), tile % (rows * columns));
    (image, [tile / columns * OUT, tile % columns * OUT])
}
