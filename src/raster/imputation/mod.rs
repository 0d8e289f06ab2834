//! Replacement of removed pixels by weighted means of their neighbours.

mod grid;
mod multigrid;
mod stencil;

use grid::FramedGrid;
use multigrid::Multigrid;
use stencil::FineMatrix;

/// Largest estimated error of a value at which the iteration ends, as a share of the largest known absolute value. The
/// last correction, smaller than this, is added, so that the error is a fraction of it.
const TOLERANCE: f64 = 2e-7;
/// Iterations after which the equations count as not solvable; some ten are usual.
const ITERATIONS: usize = 200;

/// Pixels that cannot be imputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImputationError {
    /// The number of values is not that of the size.
    #[error("{values} values for {expected} of the picture")]
    Size {
        /// Number of values given.
        values: usize,
        /// Number of values of that size.
        expected: usize,
    },
    /// No pixel is left to impute from: the equations have no unique solution.
    #[error("all {0} pixels are removed; one must remain")]
    Everything(usize),
    /// A known pixel is NaN or infinite.
    #[error("a pixel that is not removed is not finite")]
    NotFinite,
    /// The iteration did not reach its tolerance.
    #[error("the values of the removed pixels did not converge in {0} iterations")]
    Diverged(usize),
}

/// Linear imputation of ROAD (Rong et al. 2022, section 4; `NoisyLinearImputer` of pytorch-grad-cam): every removed
/// pixel is the mean of its eight neighbours with weights 1/6 for the four direct and 1/12 for the four diagonal ones,
/// removed or not. At the border, the weights of the neighbours in the picture are divided by their sum.
///
/// The linear equations are solved for all channels at once, by conjugate gradients in `f64` with a multigrid cycle in
/// `f32` as preconditioner; the time is proportional to the number of pixels in the rows concerned. Values agree with
/// those of a direct solver to about 1e-7 of the largest value. No result depends on what an `Imputer` computed before.
#[derive(Debug, Clone)]
pub struct Imputer {
    grid: FramedGrid,
    channels: usize,
    matrix: FineMatrix,
    cycle: Multigrid,
    /// The picture, one plane per channel, with the current values at removed pixels.
    values: Vec<f64>,
    rest: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
}

impl Imputer {
    /// Room for pictures of `[height, width]` with that many channels.
    pub fn new([height, width]: [usize; 2], channels: usize) -> Self {
        let grid = FramedGrid { height, width };
        let plane = vec![0.0; grid.len() * channels];
        let [values, rest, direction, image] = std::array::from_fn(|_| plane.clone());
        let (matrix, cycle) = (FineMatrix::new(grid), Multigrid::new(grid, channels));
        Self { grid, channels, matrix, cycle, values, rest, direction, image }
    }

    /// Replaces the removed pixels of `pixels`, `[height, width, channels]`; `removed` is `[height, width]`. The
    /// iteration starts from `guess`, of the layout of `pixels`, at the removed pixels, or from 0. The result of a
    /// smaller removal as a guess saves little: at 224 x 224 pixels, seven to ten iterations are needed either way.
    ///
    /// # Errors
    /// If the sizes do not fit, all pixels are removed, a pixel that remains is not finite, or the iteration does not
    /// converge, for instance from a guess that is not finite. `pixels` is then unchanged.
    pub fn impute(
        &mut self,
        pixels: &mut [f32],
        removed: &[bool],
        guess: Option<&[f32]>,
    ) -> Result<(), ImputationError> {
        let nodes = self.grid.height * self.grid.width;
        for (values, expected) in [
            (pixels.len(), nodes * self.channels),
            (removed.len(), nodes),
            (guess.map_or(0, <[f32]>::len), guess.map_or(0, |_| nodes * self.channels)),
        ] {
            if values != expected {
                return Err(ImputationError::Size { values, expected });
            }
        }
        if !removed.contains(&true) || self.channels == 0 {
            return Ok(());
        }
        if !removed.contains(&false) {
            return Err(ImputationError::Everything(nodes));
        }
        let largest = self.load(pixels, removed, guess)?;
        self.matrix.prepare(removed);
        self.cycle.prepare(&self.matrix);
        self.solve(TOLERANCE * largest)?;
        self.store(pixels, removed);
        Ok(())
    }

    /// Copies the picture into planes; the largest absolute value of a pixel that remains.
    fn load(
        &mut self,
        pixels: &[f32],
        removed: &[bool],
        guess: Option<&[f32]>,
    ) -> Result<f64, ImputationError> {
        let (grid, size) = (self.grid, self.grid.len());
        let mut largest = 0.0f32;
        let mut finite = true;
        for (node, (pixel, removed)) in pixels.chunks_exact(self.channels).zip(removed).enumerate() {
            let at = grid.row(node / grid.width) + node % grid.width;
            for (channel, value) in pixel.iter().enumerate() {
                let value = match (*removed, guess) {
                    (false, _) => {
                        largest = largest.max(value.abs());
                        finite &= value.is_finite();
                        *value
                    }
                    (true, Some(guess)) => guess[node * self.channels + channel],
                    (true, None) => 0.0,
                };
                self.values[channel * size + at] = f64::from(value);
            }
        }
        if finite { Ok(f64::from(largest)) } else { Err(ImputationError::NotFinite) }
    }

    /// Writes the values of the removed pixels.
    fn store(&self, pixels: &mut [f32], removed: &[bool]) {
        let (grid, size) = (self.grid, self.grid.len());
        for (node, (pixel, _)) in pixels
            .chunks_exact_mut(self.channels)
            .zip(removed)
            .enumerate()
            .filter(|(_, (_, removed))| **removed)
        {
            let at = grid.row(node / grid.width) + node % grid.width;
            for (channel, value) in pixel.iter_mut().enumerate() {
                *value = self.values[channel * size + at] as f32;
            }
        }
    }

    /// Preconditioned conjugate gradients, each channel with its own steps, until the correction of the
    /// preconditioner, an estimate of the error, is at most `tolerance` everywhere.
    fn solve(&mut self, tolerance: f64) -> Result<(), ImputationError> {
        let (size, spans) = (self.grid.len(), &self.matrix.spans);
        // Rows without a removed pixel are never written.
        for values in [&mut self.rest, &mut self.direction, &mut self.image] {
            values.fill(0.0);
        }
        let zeros = vec![0.0; size];
        for (values, rest) in self.values.chunks_exact(size).zip(self.rest.chunks_exact_mut(size)) {
            self.matrix.residual(spans, &zeros, values, rest);
        }
        let mut before = vec![0.0; self.channels];
        for _ in 0..ITERATIONS {
            for (right, rest) in self.cycle.right().chunks_exact_mut(size).zip(self.rest.chunks_exact(size)) {
                for (_, span) in spans.rows(self.grid) {
                    right[span.clone()]
                        .iter_mut()
                        .zip(&rest[span])
                        .for_each(|(out, value)| *out = *value as f32);
                }
            }
            let corrections = self.cycle.cycle(&self.matrix);
            let error = corrections.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            if f64::from(error) <= tolerance && corrections.iter().all(|value| value.is_finite()) {
                let values = self.values.iter_mut().zip(corrections);
                values.for_each(|(value, correction)| *value += f64::from(*correction));
                return Ok(());
            }
            for (channel, before) in before.iter_mut().enumerate() {
                let planes = channel * size..(channel + 1) * size;
                let correction = &corrections[planes.clone()];
                let (values, rest) = (&mut self.values[planes.clone()], &mut self.rest[planes.clone()]);
                let (direction, image) = (&mut self.direction[planes.clone()], &mut self.image[planes]);
                let rows = || spans.rows(self.grid).map(|(_, span)| span);
                let product: f64 = rows().map(|span| dot(&rest[span.clone()], &correction[span])).sum();
                let turn = if *before > 0.0 { product / *before } else { 0.0 };
                *before = product;
                for span in rows() {
                    let corrected = direction[span.clone()].iter_mut().zip(&correction[span]);
                    corrected.for_each(|(out, value)| *out = f64::from(*value) + turn * *out);
                }
                self.matrix.residual(spans, &zeros, direction, image);
                // The image has the opposite sign of the product with the matrix.
                let length: f64 = rows().map(|span| -dot(&direction[span.clone()], &image[span])).sum();
                let step = if length > 0.0 { product / length } else { 0.0 };
                for span in rows() {
                    let moved = values[span.clone()].iter_mut().zip(&direction[span.clone()]);
                    moved.for_each(|(out, value)| *out += step * value);
                    rest[span.clone()]
                        .iter_mut()
                        .zip(&image[span])
                        .for_each(|(out, value)| *out += step * value);
                }
            }
        }
        Err(ImputationError::Diverged(ITERATIONS))
    }
}

/// Scalar product, summed in eight parts that are added in a fixed order.
fn dot<T: Copy + Into<f64>>(first: &[f64], second: &[T]) -> f64 {
    let mut parts = [0.0; 8];
    let (heads, tails) = (first.chunks_exact(8), second.chunks_exact(8));
    let rest: f64 = heads.remainder().iter().zip(tails.remainder()).map(|(a, b)| a * (*b).into()).sum();
    for (a, b) in heads.zip(tails) {
        for ((part, a), b) in parts.iter_mut().zip(a).zip(b) {
            *part += a * (*b).into();
        }
    }
    parts.iter().sum::<f64>() + rest
}

/// Noisy linear imputation: [`Imputer::impute`] of one picture, then `noise` times a draw is added to every value of a
/// removed pixel, in row order and channel after channel within a pixel. `draw` returns standard normal numbers; with
/// `noise` 0 it is not called. The paper and pytorch-grad-cam have a noise of 0.01 in units of the normalised pixels.
///
/// # Errors
/// Those of [`Imputer::impute`].
pub fn impute(
    pixels: &mut [f32],
    size: [usize; 2],
    channels: usize,
    removed: &[bool],
    noise: f32,
    draw: &mut dyn FnMut() -> f32,
) -> Result<(), ImputationError> {
    Imputer::new(size, channels).impute(pixels, removed, None)?;
    add_noise(pixels, channels, removed, noise, draw);
    Ok(())
}

/// Adds `noise` times a draw to every value of a removed pixel, as [`impute`] does.
pub fn add_noise(
    pixels: &mut [f32],
    channels: usize,
    removed: &[bool],
    noise: f32,
    draw: &mut dyn FnMut() -> f32,
) {
    if noise == 0.0 || channels == 0 {
        return;
    }
    for (pixel, _) in pixels.chunks_exact_mut(channels).zip(removed).filter(|(_, removed)| **removed) {
        pixel.iter_mut().for_each(|value| *value += noise * draw());
    }
}
