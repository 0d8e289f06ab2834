//! Multigrid cycle for the equations of the imputation: an approximate inverse of their matrix.

use super::grid::{ActiveSpans, FramedGrid, interpolate, restrict};
use super::stencil::{FineMatrix, residual};

/// Grids with at most this many nodes are solved directly.
const DIRECT: usize = 64;
/// Share of a row's absolute sum that its relaxation weight has at least. Above 1/2, relaxation converges for every
/// symmetric matrix; 0.55 is the weight 1.1 in the interior, where 1 would be the best.
const DAMPING: f32 = 0.55;
/// Pivots below this share of the largest diagonal value are 0 but for roundings: a node that depends on others.
const PIVOT: f32 = 1e-5;

/// One grid of the hierarchy, with the equations and the vectors of every channel on it.
#[derive(Debug, Clone)]
struct GridLevel {
    grid: FramedGrid,
    spans: ActiveSpans,
    /// Matrix of a coarse grid by the offset of the neighbour, row by row from the upper left; empty on the finest.
    matrix: Vec<Vec<f32>>,
    /// Inverse weights of the relaxation; 0 at inactive nodes.
    inverse: Vec<f32>,
    right: Vec<f32>,
    solution: Vec<f32>,
    rest: Vec<f32>,
}

impl GridLevel {
    fn new(grid: FramedGrid, channels: usize) -> Self {
        let vectors = vec![0.0; grid.len() * channels];
        let (right, solution, rest) = (vectors.clone(), vectors.clone(), vectors);
        Self {
            grid,
            spans: ActiveSpans::default(),
            matrix: Vec::new(),
            inverse: vec![0.0; grid.len()],
            right,
            solution,
            rest,
        }
    }

    fn clear(&mut self) {
        for values in [&mut self.right, &mut self.solution, &mut self.rest, &mut self.inverse] {
            values.fill(0.0);
        }
    }

    /// `rest = right - matrix * solution`.
    fn subtract(&mut self, fine: &FineMatrix) {
        let size = self.grid.len();
        let channels = self.right.chunks_exact(size).zip(self.solution.chunks_exact(size));
        for ((right, solution), rest) in channels.zip(self.rest.chunks_exact_mut(size)) {
            match self.matrix.is_empty() {
                true => fine.residual(&self.spans, right, solution, rest),
                false => residual(self.grid, &self.spans, &self.matrix, right, solution, rest),
            }
        }
    }

    /// `solution = inverse * right`: the relaxation from 0.
    fn start(&mut self) {
        let size = self.grid.len();
        for (right, solution) in self.right.chunks_exact(size).zip(self.solution.chunks_exact_mut(size)) {
            for (_, span) in self.spans.rows(self.grid) {
                let values = right[span.clone()].iter().zip(&self.inverse[span.clone()]);
                solution[span]
                    .iter_mut()
                    .zip(values)
                    .for_each(|(out, (right, inverse))| *out = right * inverse);
            }
        }
    }

    /// `solution += inverse * (right - matrix * solution)`.
    fn relax(&mut self, fine: &FineMatrix) {
        self.subtract(fine);
        let size = self.grid.len();
        for (rest, solution) in self.rest.chunks_exact(size).zip(self.solution.chunks_exact_mut(size)) {
            for (_, span) in self.spans.rows(self.grid) {
                let values = rest[span.clone()].iter().zip(&self.inverse[span.clone()]);
                solution[span]
                    .iter_mut()
                    .zip(values)
                    .for_each(|(out, (rest, inverse))| *out += rest * inverse);
            }
        }
    }
}

/// V-cycle with one relaxation (Jacobi) before and one after the coarse grids, bilinear interpolation and Galerkin
/// matrices. It is symmetric and positive definite, as conjugate gradients require.
#[derive(Debug, Clone)]
pub struct Multigrid {
    levels: Vec<GridLevel>,
    direct: DirectSolver,
    row: Vec<f32>,
}

impl Multigrid {
    /// Room for a picture of that size.
    pub fn new(grid: FramedGrid, channels: usize) -> Self {
        let mut levels = vec![GridLevel::new(grid, channels)];
        let mut grid = grid;
        while grid.height * grid.width > DIRECT {
            grid = grid.coarse();
            levels.push(GridLevel::new(grid, channels));
        }
        Self { levels, direct: DirectSolver::default(), row: Vec::new() }
    }

    /// Computes the matrices of all grids from that of the finest.
    pub fn prepare(&mut self, fine: &FineMatrix) {
        self.levels.iter_mut().for_each(GridLevel::clear);
        let finest = &mut self.levels[0];
        finest.spans = fine.spans.clone();
        for (inverse, (diagonal, sum)) in finest.inverse.iter_mut().zip(fine.diagonal.iter().zip(&fine.sum)) {
            *inverse = if *diagonal > 0.0 { 1.0 / diagonal.max(DAMPING * sum) } else { 0.0 };
        }
        for at in 1..self.levels.len() {
            let (finer, coarser) = self.levels.split_at_mut(at);
            galerkin(&mut finer[at - 1], &mut coarser[0], fine, &mut self.row);
        }
        if let Some(last) = self.levels.last() {
            let dense = match last.matrix.is_empty() {
                true => fine.dense(),
                false => super::stencil::dense(last.grid, &last.matrix),
            };
            self.direct.factor(dense, last.grid.height * last.grid.width);
        }
    }

    /// Right-hand side of the finest grid, to be written before [`Self::cycle`]; 0 at inactive nodes.
    pub fn right(&mut self) -> &mut [f32] {
        &mut self.levels[0].right
    }

    /// Approximate solution for [`Self::right`].
    pub fn cycle(&mut self, fine: &FineMatrix) -> &[f32] {
        let depth = self.levels.len() - 1;
        for at in 0..depth {
            let (finer, coarser) = self.levels.split_at_mut(at + 1);
            let (level, next) = (&mut finer[at], &mut coarser[0]);
            level.start();
            level.subtract(fine);
            let channels = level.rest.chunks_exact(level.grid.len());
            for (rest, right) in channels.zip(next.right.chunks_exact_mut(next.grid.len())) {
                restrict(rest, level.grid, right, &next.spans, &mut self.row);
            }
        }
        let last = &mut self.levels[depth];
        let size = last.grid.len();
        for (right, solution) in last.right.chunks_exact(size).zip(last.solution.chunks_exact_mut(size)) {
            self.direct.solve(last.grid, right, solution);
        }
        for at in (0..depth).rev() {
            let (finer, coarser) = self.levels.split_at_mut(at + 1);
            let (level, next) = (&mut finer[at], &coarser[0]);
            let weight = (at == 0).then_some(&fine.open[..]);
            let channels = level.solution.chunks_exact_mut(level.grid.len());
            for (solution, coarse) in channels.zip(next.solution.chunks_exact(next.grid.len())) {
                interpolate(solution, level.grid, &level.spans, weight, coarse, &mut self.row);
            }
            level.relax(fine);
        }
        &self.levels[0].solution
    }
}

/// Matrix of the coarser grid, `transpose(P) A P` with the interpolation `P`.
///
/// Coarse nodes three apart in either direction share no neighbour. So nine vectors, each 1 at the nodes of one residue
/// class, give all values: node `i` of the product with one of them belongs to the one node of that class beside `i`.
fn galerkin(finer: &mut GridLevel, coarser: &mut GridLevel, fine: &FineMatrix, row: &mut Vec<f32>) {
    let (grid, small) = (finer.grid, coarser.grid);
    let everywhere = ActiveSpans::of(small, |_| true);
    let weight = finer.matrix.is_empty().then_some(&fine.open[..]);
    coarser.matrix = vec![vec![0.0; small.len()]; 9];
    let (mut probe, mut product) = (vec![0.0; small.len()], vec![0.0; small.len()]);
    let (mut spread, mut image) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
    let zeros = vec![0.0; grid.len()];
    for class in 0..9 {
        let (down, across) = (class / 3, class % 3);
        probe.fill(0.0);
        for y in (down..small.height).step_by(3) {
            probe[small.row(y)..][..small.width]
                .iter_mut()
                .skip(across)
                .step_by(3)
                .for_each(|node| *node = 1.0);
        }
        spread.fill(0.0);
        interpolate(&mut spread, grid, &finer.spans, weight, &probe, row);
        match finer.matrix.is_empty() {
            true => fine.residual(&finer.spans, &zeros, &spread, &mut image),
            false => residual(grid, &finer.spans, &finer.matrix, &zeros, &spread, &mut image),
        }
        restrict(&image, grid, &mut product, &everywhere, row);
        for y in 0..small.height {
            // Offset 0, 1 or 2 (before, same, after) of the class's node beside this one.
            let vertical = (down + 4 - y % 3) % 3;
            let values = &product[small.row(y)..][..small.width];
            for (x, value) in values.iter().enumerate() {
                let horizontal = (across + 4 - x % 3) % 3;
                // The residual of 0 is the negative product.
                coarser.matrix[3 * vertical + horizontal][small.row(y) + x] = -value;
            }
        }
    }
    let diagonal = &coarser.matrix[4];
    coarser.spans = ActiveSpans::of(small, |at| diagonal[at] > 0.0);
    for (at, inverse) in coarser.inverse.iter_mut().enumerate() {
        let sum: f32 = coarser.matrix.iter().map(|values| values[at].abs()).sum();
        *inverse = if diagonal[at] > 0.0 { 1.0 / diagonal[at].max(DAMPING * sum) } else { 0.0 };
    }
}

/// Cholesky factors `L D transpose(L)` of a small matrix that may be singular.
#[derive(Debug, Clone, Default)]
struct DirectSolver {
    /// `[nodes, nodes]`: `L` below the diagonal, the inverse of `D` on it.
    factors: Vec<f32>,
    values: Vec<f32>,
}

impl DirectSolver {
    fn factor(&mut self, mut matrix: Vec<f32>, nodes: usize) {
        let largest = (0..nodes).map(|at| matrix[at * nodes + at]).fold(0.0, f32::max);
        for column in 0..nodes {
            let pivot = matrix[column * nodes + column];
            // A node that the earlier ones determine, or an inactive one: it gets 0, which keeps the inverse symmetric.
            let inverse = if pivot > PIVOT * largest { 1.0 / pivot } else { 0.0 };
            for lower in column + 1..nodes {
                let factor = matrix[lower * nodes + column] * inverse;
                for other in column + 1..=lower {
                    matrix[lower * nodes + other] -= factor * matrix[other * nodes + column];
                }
            }
            for lower in column + 1..nodes {
                matrix[lower * nodes + column] *= inverse;
            }
            matrix[column * nodes + column] = inverse;
        }
        self.factors = matrix;
        self.values = vec![0.0; nodes];
    }

    fn solve(&mut self, grid: FramedGrid, right: &[f32], solution: &mut [f32]) {
        let nodes = self.values.len();
        for (row, y) in self.values.chunks_exact_mut(grid.width.max(1)).zip(0..) {
            row.copy_from_slice(&right[grid.row(y)..][..grid.width]);
        }
        for at in 0..nodes {
            let (before, rest) = self.values.split_at_mut(at);
            let known = self.factors[at * nodes..].iter().zip(before);
            rest[0] -= known.map(|(factor, value)| factor * *value).sum::<f32>();
        }
        for at in 0..nodes {
            self.values[at] *= self.factors[at * nodes + at];
        }
        for at in (0..nodes).rev() {
            let value = self.values[at];
            for before in 0..at {
                self.values[before] -= self.factors[at * nodes + before] * value;
            }
        }
        for (row, y) in self.values.chunks_exact(grid.width.max(1)).zip(0..) {
            solution[grid.row(y)..][..grid.width].copy_from_slice(row);
        }
    }
}
