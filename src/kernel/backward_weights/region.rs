//! The part of the input that some output pixels read, each input pixel once.

use std::ops::Range;

use super::super::ConvShape;

/// Not in the region: outside the image, or not read.
const NONE: u32 = u32::MAX;

/// Rows of the input that the output pixels read, and the columns that any output pixel reads.
pub(super) struct InputRegion {
    /// Height and width of the area that one image's windows cover, padding included.
    reach: [usize; 2],
    /// Input columns read.
    columns: Vec<usize>,
    /// Index into `columns` by position in the covered area.
    column_at: Vec<u32>,
    /// Input rows read, over all images.
    rows: Vec<usize>,
    /// Index into `rows` by position in the covered area, over all images.
    row_at: Vec<u32>,
    /// Positions of `row_at` that are set.
    set: Vec<usize>,
    /// Start of each output pixel's window in the covered area: row over all images, column.
    windows: Vec<[usize; 2]>,
}

impl InputRegion {
    pub fn new(shape: &ConvShape) -> Self {
        let geometry = &shape.geometry;
        let reach = [0, 1].map(|axis| {
            let taps = (shape.kernel[axis] - 1) * geometry.dilation[axis];
            (shape.out_size[axis] - 1) * geometry.stride[axis] + taps + 1
        });
        let mut column_at = vec![NONE; reach[1]];
        for x in 0..shape.out_size[1] {
            for tap in 0..shape.kernel[1] {
                column_at[x * geometry.stride[1] + tap * geometry.dilation[1]] = 0;
            }
        }
        let mut columns = Vec::new();
        for (place, at) in column_at.iter_mut().enumerate() {
            match place.checked_sub(geometry.padding[1].before).filter(|column| *column < shape.in_size[1]) {
                Some(column) if *at != NONE => {
                    *at = columns.len() as u32;
                    columns.push(column);
                }
                _ => *at = NONE,
            }
        }
        let row_at = vec![NONE; shape.batch * reach[0]];
        Self { reach, columns, column_at, rows: Vec::new(), row_at, set: Vec::new(), windows: Vec::new() }
    }

    /// Upper bound on the region's pixels for `pixels` output pixels.
    pub fn most(&self, shape: &ConvShape, pixels: usize) -> usize {
        let lines = pixels.div_ceil(shape.out_size[1]) + 1;
        let images = pixels.div_ceil(shape.out_pixels()) + 1;
        (lines * shape.kernel[0]).min(images * shape.in_size[0]) * self.columns.len()
    }

    /// Sets the region to that of the output pixels `pixels` (flat over `n, oh, ow`).
    pub fn see(&mut self, shape: &ConvShape, pixels: Range<usize>) {
        let geometry = &shape.geometry;
        self.set.drain(..).for_each(|place| self.row_at[place] = NONE);
        self.rows.clear();
        self.windows.clear();
        let mut first = pixels.start;
        while first < pixels.end {
            let (line, x) = (first / shape.out_size[1], first % shape.out_size[1]);
            let (image, y) = (line / shape.out_size[0], line % shape.out_size[0]);
            let count = (shape.out_size[1] - x).min(pixels.end - first);
            let top = image * self.reach[0] + y * geometry.stride[0];
            self.windows.extend((x..x + count).map(|x| [top, x * geometry.stride[1]]));
            for tap in 0..shape.kernel[0] {
                let down = tap * geometry.dilation[0];
                let row = (y * geometry.stride[0] + down).checked_sub(geometry.padding[0].before);
                let Some(row) = row.filter(|row| *row < shape.in_size[0]) else { continue };
                if self.row_at[top + down] == NONE {
                    self.row_at[top + down] = self.rows.len() as u32;
                    self.rows.push(image * shape.in_size[0] + row);
                    self.set.push(top + down);
                }
            }
            first += count;
        }
    }

    /// Number of pixels in the region.
    pub fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// The region's pixels, as pixel indices of the input.
    pub fn pixels(&self, shape: &ConvShape) -> impl Iterator<Item = usize> {
        let width = shape.in_size[1];
        self.rows.iter().flat_map(move |row| self.columns.iter().map(move |column| row * width + column))
    }

    /// Index of the region's pixel under a tap, for every output pixel; [`InputRegion::len`] if that is
    /// outside the image.
    pub fn under(&self, shape: &ConvShape, tap: usize) -> impl Iterator<Item = usize> {
        let down = tap / shape.kernel[1] * shape.geometry.dilation[0];
        let across = tap % shape.kernel[1] * shape.geometry.dilation[1];
        let (columns, outside) = (self.columns.len(), self.len());
        self.windows.iter().map(move |[row, column]| {
            let (row, column) = (self.row_at[row + down], self.column_at[column + across]);
            match row == NONE || column == NONE {
                true => outside,
                false => row as usize * columns + column as usize,
            }
        })
    }
}
