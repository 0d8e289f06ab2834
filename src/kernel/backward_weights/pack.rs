//! Copies that lie as the tiles read them.

use super::super::lanes::Lanes;
use super::super::vectorised::Vectorised;

/// Copies columns `first..first + outputs` of a matrix by tiles of columns: the columns of a tile side by side, one row
/// after another.
pub(super) struct PackTiles<'a> {
    pub source: &'a [f32],
    /// Columns of the matrix.
    pub stride: usize,
    pub first: usize,
    pub outputs: usize,
    /// Columns of a tile.
    pub tile: usize,
    pub into: &'a mut [f32],
}

impl Vectorised for PackTiles<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { source, stride, first, outputs, tile, into } = self;
        let rows = source.len() / stride;
        assert!(first + outputs <= stride && into.len() >= rows * outputs && tile > 0);
        for (row, source) in source.chunks_exact(stride).enumerate() {
            for start in (0..outputs).step_by(tile) {
                let columns = tile.min(outputs - start);
                for column in (0..columns).step_by(L::WIDTH) {
                    let count = (columns - column).min(L::WIDTH);
                    // SAFETY: columns inside of the row; tiles before this one took `rows * start` numbers.
                    unsafe {
                        let from = source.as_ptr().add(first + start + column);
                        let to = into.as_mut_ptr().add(rows * start + row * columns + column);
                        L::load_first(from, count).store_first(to, count);
                    }
                }
            }
        }
    }
}

/// Copies some columns of some rows of a matrix by panels of two vectors, one row after another in each, with zeros
/// behind the last column and a row of zeros behind the last row.
pub(super) struct PackPanels<'a, I> {
    pub source: &'a [f32],
    /// Columns of the matrix.
    pub stride: usize,
    pub rows: I,
    /// How many rows there are.
    pub count: usize,
    pub first: usize,
    pub columns: usize,
    pub into: &'a mut [f32],
}

impl<I: Iterator<Item = usize>> Vectorised for PackPanels<'_, I> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { source, stride, rows, count, first, columns, into } = self;
        let width = 2 * L::WIDTH;
        let panel = (count + 1) * width;
        let into = &mut into[..columns.div_ceil(width) * panel];
        for (row, place) in rows.take(count).enumerate() {
            let from = &source[place * stride + first..][..columns];
            for (column, panel) in (0..columns).step_by(width).zip(into.chunks_exact_mut(panel)) {
                let to = panel[row * width..][..width].as_mut_ptr();
                for half in [0, L::WIDTH] {
                    let left = columns.saturating_sub(column + half);
                    // SAFETY: `left` columns of the row are left, a vector of the panel's row is written.
                    unsafe {
                        let from = from.as_ptr().wrapping_add(column + half);
                        let values = if left >= L::WIDTH { L::load(from) } else { L::load_first(from, left) };
                        values.store(to.add(half));
                    }
                }
            }
        }
        into.chunks_exact_mut(panel).for_each(|panel| panel[count * width..].fill(0.0));
    }
}
