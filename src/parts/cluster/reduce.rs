//! Dimension reduction of pixel vectors before clustering.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::points::{Points, dot};
use crate::algebra::{dot as dot64, leading};

/// Method that reduces the dimension of pixel vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduce {
    /// PCA to the given number of components, fitted on a sample of at most [`PCA_SAMPLE`] pixels.
    Pca(usize),
}

/// Maximum number of pixels on which a PCA is fitted: with tens of thousands of channels per pixel, more would not
/// fit in memory.
pub const PCA_SAMPLE: usize = 2048;

/// Principal component analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Mean that is subtracted first.
    pub mean: Vec<f32>,
    /// Orthonormal components, by descending variance; the entry of largest magnitude is positive.
    pub components: Points,
    /// Variance along each component (unbiased).
    pub variances: Vec<f64>,
    /// Sum of the variances of all coordinates.
    pub total: f64,
    /// Projection of the mean on each component.
    offsets: Vec<f64>,
}

impl Pca {
    /// First `count` components of `points` (fewer where those have fewer), from the eigenvectors of the smaller of
    /// the two Gram matrices.
    pub fn fit(points: &Points, count: usize) -> Self {
        let (rows, dims) = (points.count(), points.dims);
        let mut means = vec![0.0f64; dims];
        points.rows().for_each(|row| means.iter_mut().zip(row).for_each(|(sum, v)| *sum += f64::from(*v)));
        means.iter_mut().for_each(|mean| *mean /= rows.max(1) as f64);
        let mean: Vec<f32> = means.iter().map(|mean| *mean as f32).collect();
        let centred: Vec<f32> = points
            .rows()
            .flat_map(|row| row.iter().zip(&means).map(|(v, m)| (f64::from(*v) - m) as f32))
            .collect();
        let centred = Points { dims, data: centred };
        let degrees = rows.saturating_sub(1).max(1) as f64;
        let total = centred.rows().map(|row| dot(row, row)).sum::<f64>() / degrees;
        let count = count.min(dims).min(rows.saturating_sub(1)).max(1);
        let found = if dims <= rows { by_columns(&centred, count) } else { by_rows(&centred, count) };
        let mut components = Points::new(dims);
        let mut variances = Vec::new();
        for (value, mut vector) in found {
            let largest = vector.iter().copied().fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
            vector.iter_mut().for_each(|value| *value *= largest.signum());
            components.push(&vector.iter().map(|value| *value as f32).collect::<Vec<_>>());
            variances.push((value / degrees).max(0.0));
        }
        Self::new(mean, components, variances, total)
    }

    /// PCA from stored components.
    pub fn new(mean: Vec<f32>, components: Points, variances: Vec<f64>, total: f64) -> Self {
        let offsets = components.rows().map(|component| dot(component, &mean)).collect();
        Self { mean, components, variances, total, offsets }
    }

    /// Fraction of the variance that the components explain, 0 to 1.
    pub fn kept(&self) -> f64 {
        if self.total > 0.0 { (self.variances.iter().sum::<f64>() / self.total).min(1.0) } else { 1.0 }
    }

    /// Coordinates of the vectors along the components.
    pub fn project(&self, points: &Points) -> Points {
        let rows: Vec<Vec<f32>> = points
            .data
            .par_chunks_exact(points.dims.max(1))
            .map(|row| {
                let along = self.components.rows().zip(&self.offsets);
                along.map(|(component, offset)| (dot(row, component) - offset) as f32).collect()
            })
            .collect();
        Points { dims: self.components.count(), data: rows.concat() }
    }
}

/// Eigenvectors of `X' X`.
fn by_columns(centred: &Points, count: usize) -> Vec<(f64, Vec<f64>)> {
    let dims = centred.dims;
    // Columns stored as rows, so that dot products read contiguous memory.
    let columns: Vec<Vec<f64>> =
        (0..dims).map(|at| centred.rows().map(|row| f64::from(row[at])).collect()).collect();
    leading(&gram(&columns), dims, count)
}

/// Eigenvectors of `X' X`, computed from those of `X X'`: `X' u / s`.
fn by_rows(centred: &Points, count: usize) -> Vec<(f64, Vec<f64>)> {
    let rows = centred.count();
    let lower: Vec<Vec<f64>> = (0..rows)
        .into_par_iter()
        .map(|a| (0..=a).map(|b| dot(centred.row(a), centred.row(b))).collect())
        .collect();
    let found = leading(&full(&lower), rows, count);
    let carried = found.into_par_iter().map(|(value, vector)| {
        let mut sum = vec![0.0; centred.dims];
        for (row, factor) in centred.rows().zip(&vector) {
            sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += factor * f64::from(*v));
        }
        let length = dot64(&sum, &sum).sqrt();
        if length > 0.0 {
            sum.iter_mut().for_each(|value| *value /= length);
        }
        (value, sum)
    });
    carried.collect()
}

/// Gram matrix: dot products of all pairs of vectors.
fn gram(vectors: &[Vec<f64>]) -> Vec<f64> {
    let lower: Vec<Vec<f64>> = vectors
        .par_iter()
        .enumerate()
        .map(|(at, a)| vectors[..=at].iter().map(|b| dot64(a, b)).collect())
        .collect();
    full(&lower)
}

/// Symmetric matrix from its lower triangle.
fn full(lower: &[Vec<f64>]) -> Vec<f64> {
    let size = lower.len();
    let at = |index: usize| lower[(index / size).max(index % size)][(index / size).min(index % size)];
    (0..size * size).map(at).collect()
}
