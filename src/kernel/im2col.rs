//! Windows unrolled into matrix rows, and the way back.
//!
//! One matrix row holds one window element (a channel and a tap) of every window of the chosen output rows.

use std::ops::Range;

use super::ConvShape;

/// Writes the windows of output rows `rows` as a matrix `[channels * taps, rows * width]`.
///
/// `planes` holds some channels of one image; the matrix has `taps` rows for each.
pub(super) fn im2col(shape: &ConvShape, planes: &[f32], rows: Range<usize>, columns: &mut [f32]) {
    let out_width = shape.out_size[1];
    let taps = taps(shape, &rows);
    let mut matrix_rows = columns.chunks_exact_mut(rows.len() * out_width);
    for plane in planes.chunks_exact(shape.in_pixels()) {
        for (tap, matrix_row) in taps.iter().zip(&mut matrix_rows) {
            let (before, inside, after) = tap.split(matrix_row, out_width);
            before.fill(0.0);
            after.fill(0.0);
            if tap.whole_rows {
                tap.shifted(inside.len(), plane.len(), |to, from| {
                    inside[to].copy_from_slice(&plane[from]);
                });
                tap.clear_edges(inside, out_width);
                continue;
            }
            for (index, target) in inside.chunks_exact_mut(out_width).enumerate() {
                let source = &plane[tap.first + index * tap.row_step..];
                target[..tap.across.start].fill(0.0);
                target[tap.across.end..].fill(0.0);
                let target = &mut target[tap.across.clone()];
                target.iter_mut().zip(source.iter().step_by(tap.step)).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// Adds a matrix of windows, as [`im2col`] writes it but with rows `row_stride` apart, back onto the pixels.
///
/// The matrix is work space: elements that fall into the padding may be cleared.
pub(super) fn col2im(
    shape: &ConvShape,
    columns: &mut [f32],
    row_stride: usize,
    rows: Range<usize>,
    planes: &mut [f32],
) {
    let out_width = shape.out_size[1];
    let taps = taps(shape, &rows);
    let mut matrix_rows = columns.chunks_mut(row_stride);
    for plane in planes.chunks_exact_mut(shape.in_pixels()) {
        for (tap, matrix_row) in taps.iter().zip(&mut matrix_rows) {
            let (_, inside, _) = tap.split(&mut matrix_row[..rows.len() * out_width], out_width);
            if tap.whole_rows {
                tap.clear_edges(inside, out_width);
                tap.shifted(inside.len(), plane.len(), |from, to| {
                    plane[to].iter_mut().zip(&inside[from]).for_each(|(to, from)| *to += *from);
                });
                continue;
            }
            for (index, source) in inside.chunks_exact(out_width).enumerate() {
                let target = &mut plane[tap.first + index * tap.row_step..];
                let source = &source[tap.across.clone()];
                target.iter_mut().step_by(tap.step).zip(source).for_each(|(to, from)| *to += *from);
            }
        }
    }
}

/// Where one window element of the chosen output rows lies in a plane.
struct Tap {
    /// Output rows, counted from the first chosen one, whose element lies inside the input.
    down: Range<usize>,
    /// Output columns whose element lies inside the input.
    across: Range<usize>,
    /// Plane index of the element of window (`down.start`, `across.start`).
    first: usize,
    /// Distance in the plane between neighbouring output rows, and columns.
    row_step: usize,
    step: usize,
    /// Output and input rows are equally long and one pixel apart: all rows are one shifted run.
    whole_rows: bool,
}

/// The taps of one channel, in the order of the weights.
fn taps(shape: &ConvShape, rows: &Range<usize>) -> Vec<Tap> {
    let [height, width] = shape.in_size;
    let (vertical, horizontal) = (shape.window(0), shape.window(1));
    let tap = |tap_y: usize, tap_x: usize| {
        let down = vertical.inside(tap_y, height, shape.out_size[0]);
        let across = horizontal.inside(tap_x, width, shape.out_size[1]);
        let (start, end) = (down.start.max(rows.start), down.end.min(rows.end));
        let empty = start >= end || across.is_empty();
        let first = if empty {
            0
        } else {
            vertical.position(start, tap_y) * width + horizontal.position(across.start, tap_x)
        };
        Tap {
            down: if empty { 0..0 } else { start - rows.start..end - rows.start },
            across,
            first,
            row_step: vertical.stride * width,
            step: horizontal.stride,
            whole_rows: vertical.stride == 1 && horizontal.stride == 1 && shape.out_size[1] == width,
        }
    };
    let pairs = (0..shape.kernel[0]).flat_map(|y| (0..shape.kernel[1]).map(move |x| (y, x)));
    pairs.map(|(y, x)| tap(y, x)).collect()
}

impl Tap {
    /// A matrix row's parts above, inside and below the input.
    fn split<'a>(&self, row: &'a mut [f32], width: usize) -> (&'a mut [f32], &'a mut [f32], &'a mut [f32]) {
        let (before, rest) = row.split_at_mut(self.down.start * width);
        let (inside, after) = rest.split_at_mut(self.down.len() * width);
        (before, inside, after)
    }

    /// Calls `copy` with the run inside the matrix row and the run in the plane that it stands for.
    ///
    /// The runs are cut where the shift leads outside the plane; [`Tap::clear_edges`] clears what is cut.
    fn shifted(&self, len: usize, plane: usize, copy: impl FnOnce(Range<usize>, Range<usize>)) {
        if len == 0 {
            return;
        }
        // The run's element 0 corresponds to plane index `first - across.start`, which may be negative.
        let skip = self.across.start.saturating_sub(self.first);
        let start = self.first + skip - self.across.start;
        let count = (len - skip).min(plane - start);
        copy(skip..skip + count, start..start + count);
    }

    /// Clears the columns whose element lies in the padding.
    fn clear_edges(&self, rows: &mut [f32], width: usize) {
        if self.across == (0..width) {
            return;
        }
        for row in rows.chunks_exact_mut(width) {
            row[..self.across.start].fill(0.0);
            row[self.across.end..].fill(0.0);
        }
    }
}
