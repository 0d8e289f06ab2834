//! Values on a grid of nodes with a frame of zeros, and the transfer between a grid and one of half its resolution.

use std::ops::Range;

/// Size of a grid whose nodes are stored row by row with one row and column of zeros before the nodes and two after, so
/// that every neighbour that an operation reads exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramedGrid {
    pub height: usize,
    pub width: usize,
}

impl FramedGrid {
    /// Distance from one row to the next.
    pub fn stride(self) -> usize {
        self.width + 3
    }

    /// Number of stored values.
    pub fn len(self) -> usize {
        self.stride() * (self.height + 3)
    }

    /// Position of the first node of row `y`.
    pub fn row(self, y: usize) -> usize {
        (y + 1) * self.stride() + 1
    }

    /// Grid of every second node: the nodes with even coordinates, and for an even side one node beyond the last, so
    /// that every node with an odd coordinate lies between two coarse ones.
    pub fn coarse(self) -> Self {
        Self { height: self.height / 2 + 1, width: self.width / 2 + 1 }
    }
}

/// Parts of the rows that have active nodes: per row the columns from the first to the last, empty if there is none.
#[derive(Debug, Clone, Default)]
pub struct ActiveSpans(Vec<Range<usize>>);

impl ActiveSpans {
    /// Spans of the nodes for which `active` holds.
    pub fn of(grid: FramedGrid, active: impl Fn(usize) -> bool) -> Self {
        let span = |y: usize| {
            let node = |x: &usize| active(grid.row(y) + x);
            let first = (0..grid.width).find(node).unwrap_or(0);
            first..(first..grid.width).rfind(node).map_or(first, |last| last + 1)
        };
        Self((0..grid.height).map(span).collect())
    }

    /// Row number and stored positions of every span that is not empty.
    pub fn rows(&self, grid: FramedGrid) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        let stored =
            move |(y, span): (usize, &Range<usize>)| (y, grid.row(y) + span.start..grid.row(y) + span.end);
        self.0.iter().enumerate().filter(|(_, span)| !span.is_empty()).map(stored)
    }
}

/// Adds the bilinear interpolation of `coarse` to the active spans of `fine`, times `weight` at each node. `row` is
/// room for a row of the coarse grid.
pub fn interpolate(
    fine: &mut [f32],
    grid: FramedGrid,
    spans: &ActiveSpans,
    weight: Option<&[f32]>,
    coarse: &[f32],
    row: &mut Vec<f32>,
) {
    let small = grid.coarse();
    row.clear();
    row.resize(small.width + 1, 0.0);
    for (y, span) in spans.rows(grid) {
        let upper = &coarse[small.row(y / 2)..][..small.width];
        if y.is_multiple_of(2) {
            row[..small.width].copy_from_slice(upper);
        } else {
            let lower = &coarse[small.row(y / 2 + 1)..][..small.width];
            for ((value, upper), lower) in row.iter_mut().zip(upper).zip(lower) {
                *value = 0.5 * (upper + lower);
            }
        }
        // Whole pairs of an even and an odd column; the frame takes what is too much.
        let first = (span.start - grid.row(y)) / 2;
        let count = (span.end - grid.row(y)).div_ceil(2) - first;
        let (left, right) = (&row[first..][..count], &row[first + 1..][..count]);
        let start = grid.row(y) + 2 * first;
        let pairs = fine[start..][..2 * count].chunks_exact_mut(2).zip(left.iter().zip(right));
        match weight {
            Some(weight) => {
                for ((pair, (left, right)), weight) in pairs.zip(weight[start..].chunks_exact(2)) {
                    pair[0] += weight[0] * left;
                    pair[1] += weight[1] * (0.5 * (left + right));
                }
            }
            None => {
                for (pair, (left, right)) in pairs {
                    pair[0] += left;
                    pair[1] += 0.5 * (left + right);
                }
                // The frame stays 0.
                if grid.width % 2 == 1 {
                    fine[grid.row(y) + grid.width] = 0.0;
                }
            }
        }
    }
}

/// Transpose of [`interpolate`]: sums `fine` into the active spans of `coarse`. `fine` is 0 at inactive nodes.
pub fn restrict(
    fine: &[f32],
    grid: FramedGrid,
    coarse: &mut [f32],
    coarse_spans: &ActiveSpans,
    row: &mut Vec<f32>,
) {
    let (small, stride) = (grid.coarse(), grid.stride());
    row.clear();
    row.resize(2 * small.width + 2, 0.0);
    for (y, span) in coarse_spans.rows(small) {
        // From the column before the first, so that coarse column x has its neighbours at 2 x .. 2 x + 3.
        let middle = grid.row(2 * y) - 1;
        let length = grid.width + 2;
        let (above, here) = (&fine[middle - stride..][..length], &fine[middle..][..length]);
        // Below the frame, everything is 0.
        let below = fine.get(middle + stride..).and_then(|rest| rest.get(..length));
        match below {
            Some(below) => {
                for (((value, above), here), below) in row.iter_mut().zip(above).zip(here).zip(below) {
                    *value = here + 0.5 * (above + below);
                }
            }
            None => {
                for ((value, above), here) in row.iter_mut().zip(above).zip(here) {
                    *value = here + 0.5 * above;
                }
            }
        }
        let first = span.start - small.row(y);
        let sums = row[2 * first..].chunks_exact(2).zip(row[2 * first + 2..].chunks_exact(2));
        for (value, (pair, next)) in coarse[span].iter_mut().zip(sums) {
            *value = pair[1] + 0.5 * (pair[0] + next[0]);
        }
    }
}
