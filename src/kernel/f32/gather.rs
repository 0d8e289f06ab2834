//! Windows as the rows of a matrix (im2col): contiguous runs copied from an NHWC image, a few rows at a time.

use crate::ConvShape;

/// Copies the windows of output pixels `rows` (flat over `n, oh, ow`) of `group` into rows of `stride` numbers,
/// ordered `(kernel row, kernel column, channel)`, zeros where a window leaves the image.
pub(crate) fn gather<T: Copy + Default>(
    shape: &ConvShape,
    input: &[T],
    group: usize,
    rows: std::ops::Range<usize>,
    stride: usize,
    into: &mut [T],
) {
    let channels = shape.in_channels;
    let part = shape.group_in();
    let [height, width] = shape.in_size;
    let [_, out_width] = shape.out_size;
    let dense = shape.geometry.dilation[1] == 1 && shape.groups() == 1;
    for (row, out) in rows.zip(into.chunks_mut(stride)) {
        let (image, pixel) = (row / shape.out_pixels(), row % shape.out_pixels());
        let [top, left] = [(0, pixel / out_width), (1, pixel % out_width)].map(|(axis, place)| {
            (place * shape.geometry.stride[axis]) as isize - shape.geometry.padding[axis].before as isize
        });
        let image = &input[image * height * width * channels..][..height * width * channels];
        let run = shape.kernel[1] * part;
        for (tap, out) in out[..shape.depth()].chunks_exact_mut(run).enumerate() {
            let y = top + (tap * shape.geometry.dilation[0]) as isize;
            if y < 0 || y >= height as isize {
                out.fill(T::default());
                continue;
            }
            let line = &image[y as usize * width * channels..][..width * channels];
            if dense {
                copy_run(line, left, channels, out);
            } else {
                for (tap, out) in out.chunks_exact_mut(part).enumerate() {
                    let x = left + (tap * shape.geometry.dilation[1]) as isize;
                    match x >= 0 && x < width as isize {
                        true => out.copy_from_slice(&line[x as usize * channels + group * part..][..part]),
                        false => out.fill(T::default()),
                    }
                }
            }
        }
    }
}

/// Copies a window's row: adjacent pixels from `left` on, which may be outside the line.
#[inline]
fn copy_run<T: Copy + Default>(line: &[T], left: isize, channels: usize, out: &mut [T]) {
    let start = left * channels as isize;
    let before = (-start).clamp(0, out.len() as isize) as usize;
    let end = (line.len() as isize - start).clamp(0, out.len() as isize) as usize;
    if before >= end {
        out.fill(T::default());
        return;
    }
    out[..before].fill(T::default());
    let first = (start + before as isize) as usize;
    copy(&line[first..][..end - before], &mut out[before..end]);
    out[end..].fill(T::default());
}

/// A copy that does not call `memcpy` for the short runs of images with few channels.
#[inline(always)]
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    const STEP: usize = 8;
    const SHORT: usize = 64;
    let len = from.len();
    if !(STEP..SHORT).contains(&len) {
        to.copy_from_slice(from);
        return;
    }
    for (to, from) in to.chunks_exact_mut(STEP).zip(from.chunks_exact(STEP)) {
        to.copy_from_slice(from);
    }
    // The last step overlaps the one before it.
    to[len - STEP..].copy_from_slice(&from[len - STEP..]);
}
