//! Copies in the layout that the tiles read.

use super::super::lanes::Lanes;
use super::super::vectorised::Vectorised;

/// Copies columns `first..first + outputs` of a matrix by tiles of columns: the columns of a tile side by
/// side (followed, up to `tile_stride`, by those after them), one row after another.
pub(super) struct PackTiles<'a> {
    pub source: &'a [f32],
    /// Columns of the matrix.
    pub stride: usize,
    pub first: usize,
    pub outputs: usize,
    /// Columns per tile.
    pub tile: usize,
    /// Numbers from row to row of a tile; whole vectors.
    pub tile_stride: usize,
    pub into: &'a mut [f32],
}

impl Vectorised for PackTiles<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { source, stride, first, outputs, tile, tile_stride, into } = self;
        let (rows, tiles) = (source.len() / stride, outputs.div_ceil(tile));
        assert!(first + outputs <= stride && tile > 0 && tile_stride >= tile);
        assert!(tile_stride.is_multiple_of(L::WIDTH) && into.len() >= rows * tiles * tile_stride);
        for row in 0..rows {
            for start in 0..tiles {
                let from = row * stride + first + start * tile;
                let to = (start * rows + row) * tile_stride;
                for column in (0..tile_stride).step_by(L::WIDTH) {
                    let left = source.len().saturating_sub(from + column);
                    // SAFETY: `left` numbers remain from `from + column` on; a tile's rows are `tile_stride`
                    // apart.
                    unsafe {
                        let from = source.as_ptr().wrapping_add(from + column);
                        let values = if left >= L::WIDTH { L::load(from) } else { L::load_first(from, left) };
                        values.store(into.as_mut_ptr().add(to + column));
                    }
                }
            }
        }
    }
}

/// Copies some columns of some rows of a matrix by panels of two vectors, one row after another in each, with
/// zeros after the last column and a row of zeros after the last row.
pub(super) struct PackPanels<'a, I> {
    pub source: &'a [f32],
    /// Columns of the matrix.
    pub stride: usize,
    pub rows: I,
    /// Number of rows.
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
                    // SAFETY: `left` columns of the row remain, a vector of the panel's row is written.
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
