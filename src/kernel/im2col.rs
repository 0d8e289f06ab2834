//! Windows unrolled into matrix rows, and the way back.

use std::ops::Range;

use super::ConvShape;

/// Writes the windows of output rows `rows` as a matrix `[channels * taps, rows * width]`.
///
/// `planes` holds some channels of one image; the matrix has `taps` rows for each.
pub(super) fn im2col(shape: &ConvShape, planes: &[f32], rows: Range<usize>, columns: &mut [f32]) {
    let [_, width] = shape.in_size;
    let out_width = shape.out_size[1];
    let (down, across) = (shape.window(0), shape.window(1));
    let mut matrix_rows = columns.chunks_exact_mut(rows.len() * out_width);
    for plane in planes.chunks_exact(shape.in_pixels()) {
        for tap_y in 0..shape.kernel[0] {
            let inside_y = down.inside(tap_y, shape.in_size[0], shape.out_size[0]);
            for tap_x in 0..shape.kernel[1] {
                let inside_x = across.inside(tap_x, width, out_width);
                let Some(matrix_row) = matrix_rows.next() else { return };
                for (y, target) in rows.clone().zip(matrix_row.chunks_exact_mut(out_width)) {
                    if !inside_y.contains(&y) || inside_x.is_empty() {
                        target.fill(0.0);
                        continue;
                    }
                    let source = &plane[down.position(y, tap_y) * width..][..width];
                    let first = across.position(inside_x.start, tap_x);
                    target[..inside_x.start].fill(0.0);
                    copy_strided(&mut target[inside_x.clone()], &source[first..], across.stride);
                    target[inside_x.end..].fill(0.0);
                }
            }
        }
    }
}

/// Adds a matrix of windows, as [`im2col`] writes it, back onto the pixels it came from.
pub(super) fn col2im(shape: &ConvShape, columns: &[f32], rows: Range<usize>, planes: &mut [f32]) {
    let [_, width] = shape.in_size;
    let out_width = shape.out_size[1];
    let (down, across) = (shape.window(0), shape.window(1));
    let mut matrix_rows = columns.chunks_exact(rows.len() * out_width);
    for plane in planes.chunks_exact_mut(shape.in_pixels()) {
        for tap_y in 0..shape.kernel[0] {
            let inside_y = down.inside(tap_y, shape.in_size[0], shape.out_size[0]);
            for tap_x in 0..shape.kernel[1] {
                let inside_x = across.inside(tap_x, width, out_width);
                let Some(matrix_row) = matrix_rows.next() else { return };
                if inside_x.is_empty() {
                    continue;
                }
                let first = across.position(inside_x.start, tap_x);
                for (y, source) in rows.clone().zip(matrix_row.chunks_exact(out_width)) {
                    if inside_y.contains(&y) {
                        let target = &mut plane[down.position(y, tap_y) * width..][..width];
                        add_strided(&mut target[first..], &source[inside_x.clone()], across.stride);
                    }
                }
            }
        }
    }
}

fn copy_strided(target: &mut [f32], source: &[f32], stride: usize) {
    if stride == 1 {
        target.copy_from_slice(&source[..target.len()]);
    } else {
        target.iter_mut().zip(source.iter().step_by(stride)).for_each(|(to, from)| *to = *from);
    }
}

fn add_strided(target: &mut [f32], source: &[f32], stride: usize) {
    if stride == 1 {
        target.iter_mut().zip(source).for_each(|(to, from)| *to += *from);
    } else {
        target.iter_mut().step_by(stride).zip(source).for_each(|(to, from)| *to += *from);
    }
}
