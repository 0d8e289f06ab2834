//! Products with matrices that connect each node of a grid with its eight neighbours.

use super::grid::{ActiveSpans, FramedGrid};
use std::ops::{Add, Mul, Range, Sub};

/// Weight of a direct neighbour (Rong et al. 2022).
const DIRECT: f32 = 1.0 / 6.0;
/// Weight of a diagonal neighbour.
const DIAGONAL: f32 = 1.0 / 12.0;

/// `f32` or `f64`.
pub trait Real:
    Copy + Default + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + From<f32>
{
    /// One twelfth, in which all weights are whole.
    const TWELFTH: Self;
}

impl Real for f32 {
    const TWELFTH: f32 = 1.0 / 12.0;
}

impl Real for f64 {
    const TWELFTH: f64 = 1.0 / 12.0;
}

/// Values of a row's span, and of the positions to its left and right.
fn around<'a, T>(row: &'a [T], span: &Range<usize>) -> [&'a [T]; 3] {
    let length = span.len();
    [&row[span.start - 1..][..length], &row[span.start..][..length], &row[span.start + 1..][..length]]
}

/// Matrix of the imputation: a row per removed pixel, with the sum of the weights of its neighbours in the picture on
/// the diagonal and the negative weights of the neighbours that are removed too beside it. Symmetric, and positive
/// definite unless all pixels are removed.
#[derive(Debug, Clone)]
pub struct FineMatrix {
    pub grid: FramedGrid,
    pub spans: ActiveSpans,
    /// 1 at removed pixels, 0 elsewhere and in the frame.
    pub open: Vec<f32>,
    /// Diagonal times 12: 12 in the interior. 0 at known pixels.
    twelve: Vec<f32>,
    /// Diagonal; 0 at known pixels.
    pub diagonal: Vec<f32>,
    /// Sum of the absolute values of a row; 0 at known pixels.
    pub sum: Vec<f32>,
}

impl FineMatrix {
    /// Room for a picture of that size.
    pub fn new(grid: FramedGrid) -> Self {
        let values = vec![0.0; grid.len()];
        let (open, twelve, diagonal, sum) = (values.clone(), values.clone(), values.clone(), values);
        Self { grid, spans: ActiveSpans::default(), open, twelve, diagonal, sum }
    }

    /// Computes the matrix for the pixels to be removed, `[height, width]`.
    pub fn prepare(&mut self, removed: &[bool]) {
        let grid = self.grid;
        for y in 0..grid.height {
            let row = &removed[y * grid.width..][..grid.width];
            for (open, removed) in self.open[grid.row(y)..].iter_mut().zip(row) {
                *open = f32::from(u8::from(*removed));
            }
        }
        let open = &self.open;
        self.spans = ActiveSpans::of(grid, |at| open[at] > 0.0);
        let mut linked = vec![0.0; grid.len()];
        let zeros = vec![0.0; grid.len()];
        // With a diagonal of 0, the residual is the sum of the weighted neighbours.
        self.twelve.fill(0.0);
        self.residual(&self.spans, &zeros, &self.open, &mut linked);
        let outside = |side: usize, at: usize| usize::from(at == 0) + usize::from(at + 1 == side);
        for y in 0..grid.height {
            for x in 0..grid.width {
                let at = grid.row(y) + x;
                let (rows, columns) = (outside(grid.height, y), outside(grid.width, x));
                // Each missing side has weights of 4 twelfths; a corner belongs to two sides.
                let twelfths = 12 - 4 * (rows + columns) + rows * columns;
                self.twelve[at] = self.open[at] * twelfths as f32;
                self.diagonal[at] = self.twelve[at] / 12.0;
                self.sum[at] = self.diagonal[at] + linked[at];
            }
        }
    }

    /// `rest = right - matrix * values` at removed pixels and 0 at the others, within the spans. `values` may have
    /// values at known pixels: then it is the residual of the whole picture.
    pub fn residual<T: Real>(&self, spans: &ActiveSpans, right: &[T], values: &[T], rest: &mut [T]) {
        let stride = self.grid.stride();
        for (_, span) in spans.rows(self.grid) {
            let [nw, n, ne] = around(values, &(span.start - stride..span.end - stride));
            let [w, here, e] = around(values, &span);
            let [sw, s, se] = around(values, &(span.start + stride..span.end + stride));
            let (twelve, open) = (&self.twelve[span.clone()], &self.open[span.clone()]);
            let (right, rest) = (&right[span.clone()], &mut rest[span]);
            for at in 0..rest.len() {
                let direct = (n[at] + s[at]) + (w[at] + e[at]);
                let diagonal = (nw[at] + ne[at]) + (sw[at] + se[at]);
                let product = T::from(twelve[at]) * here[at] - (direct + direct + diagonal);
                rest[at] = right[at] - T::from(open[at]) * (T::TWELFTH * product);
            }
        }
    }

    /// The matrix in full, `[nodes, nodes]`.
    pub fn dense(&self) -> Vec<f32> {
        let weights = [DIAGONAL, DIRECT, DIAGONAL, DIRECT, 0.0, DIRECT, DIAGONAL, DIRECT, DIAGONAL];
        let matrix: Vec<Vec<f32>> = weights.iter().map(|weight| vec![-weight; self.grid.len()]).collect();
        let mut full = dense(self.grid, &matrix);
        let FramedGrid { height, width } = self.grid;
        let at = |node: usize| self.grid.row(node / width) + node % width;
        let nodes = height * width;
        for row in 0..nodes {
            for column in 0..nodes {
                full[row * nodes + column] *= self.open[at(row)] * self.open[at(column)];
            }
            full[row * nodes + row] = self.diagonal[at(row)];
        }
        full
    }
}

/// `rest = right - matrix * values` within the spans; `matrix` is by offset of the neighbour, from the upper left.
pub fn residual(
    grid: FramedGrid,
    spans: &ActiveSpans,
    matrix: &[Vec<f32>],
    right: &[f32],
    values: &[f32],
    rest: &mut [f32],
) {
    let stride = grid.stride();
    for (_, span) in spans.rows(grid) {
        let out = &mut rest[span.clone()];
        out.copy_from_slice(&right[span.clone()]);
        for (three, from) in
            matrix.chunks_exact(3).zip([span.start - stride, span.start, span.start + stride])
        {
            let [left, here, after] = around(values, &(from..from + span.len()));
            let [a, b, c] = [0, 1, 2].map(|at| &three[at][span.clone()]);
            for at in 0..out.len() {
                out[at] = out[at] - a[at] * left[at] - b[at] * here[at] - c[at] * after[at];
            }
        }
    }
}

/// A matrix by offset of the neighbour in full, `[nodes, nodes]`.
pub fn dense(grid: FramedGrid, matrix: &[Vec<f32>]) -> Vec<f32> {
    let FramedGrid { height, width } = grid;
    let nodes = height * width;
    let mut full = vec![0.0; nodes * nodes];
    for y in 0..height {
        for x in 0..width {
            for (offset, values) in matrix.iter().enumerate() {
                let (beside, across) = (y + offset / 3, x + offset % 3);
                if (1..=height).contains(&beside) && (1..=width).contains(&across) {
                    let column = (beside - 1) * width + across - 1;
                    full[(y * width + x) * nodes + column] = values[grid.row(y) + x];
                }
            }
        }
    }
    full
}
