/// Gaussian blur of pictures, as torchvision's `gaussian_blur`: a square kernel, the border mirrored without repeating
/// the outermost pixel (`reflect`).
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianBlur {
    /// Weights of one side of the kernel and its centre, from the centre outwards; the kernel sums to 1.
    taps: Vec<f64>,
}

/// A blur that is not possible.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BlurError {
    /// The kernel is even or 0.
    #[error("kernel of {0} pixels; the number must be odd")]
    Kernel(usize),
    /// The standard deviation is not positive.
    #[error("sigma {0}; it must be above 0")]
    Sigma(f64),
    /// A side has no more pixels than half the kernel: the mirrored border would be longer than the picture.
    #[error("kernel of {kernel} pixels on a picture of {height} x {width}; it must be below {limit}")]
    Small {
        /// Side of the kernel, in pixels.
        kernel: usize,
        /// Rows of the picture.
        height: usize,
        /// Columns of the picture.
        width: usize,
        /// First odd side that is too large.
        limit: usize,
    },
    /// The number of values is not that of the size.
    #[error("{values} values for a picture of {height} x {width} with {channels} channels")]
    Size {
        /// Number of values.
        values: usize,
        /// Rows of the picture.
        height: usize,
        /// Columns of the picture.
        width: usize,
        /// Channels of the picture.
        channels: usize,
    },
}

impl GaussianBlur {
    /// A kernel of `kernel` x `kernel` pixels, an odd number, with standard deviation `sigma` in pixels; `None` gives
    /// torchvision's default, `0.15 kernel + 0.35`.
    ///
    /// # Errors
    /// If the kernel is even or `sigma` is not positive and finite.
    pub fn new(kernel: usize, sigma: Option<f64>) -> Result<Self, BlurError> {
        if kernel.is_multiple_of(2) {
            return Err(BlurError::Kernel(kernel));
        }
        let sigma = sigma.unwrap_or(0.15 * kernel as f64 + 0.35);
        if !(sigma.is_finite() && sigma > 0.0) {
            return Err(BlurError::Sigma(sigma));
        }
        let weight = |away: usize| (-((away as f64 / sigma).powi(2)) / 2.0).exp();
        let taps: Vec<f64> = (0..=kernel / 2).map(weight).collect();
        let sum = 2.0 * taps.iter().sum::<f64>() - 1.0;
        Ok(Self { taps: taps.iter().map(|tap| tap / sum).collect() })
    }

    /// The blurred picture; `pixels` is `[height, width, channels]`.
    ///
    /// # Errors
    /// If the number of values is not that of the size, or a side has no more pixels than half the kernel.
    pub fn apply(
        &self,
        pixels: &[f32],
        [height, width]: [usize; 2],
        channels: usize,
    ) -> Result<Vec<f32>, BlurError> {
        if pixels.len() != height * width * channels {
            return Err(BlurError::Size { values: pixels.len(), height, width, channels });
        }
        if pixels.is_empty() {
            return Ok(Vec::new());
        }
        let reach = self.taps.len() - 1;
        if reach >= height.min(width) {
            let (kernel, limit) = (2 * reach + 1, 2 * height.min(width) + 1);
            return Err(BlurError::Small { kernel, height, width, limit });
        }
        let length = width * channels;
        let mut across = vec![0.0; pixels.len()];
        let mut framed = vec![0.0; length + 2 * reach * channels];
        for (row, out) in pixels.chunks_exact(length).zip(across.chunks_exact_mut(length)) {
            for (x, pixel) in framed.chunks_exact_mut(channels).enumerate() {
                let source = mirrored(x as isize - reach as isize, width) * channels;
                pixel.iter_mut().zip(&row[source..]).for_each(|(out, value)| *out = f64::from(*value));
            }
            for tap in 0..=2 * reach {
                add(out, self.taps[tap.abs_diff(reach)], &framed[tap * channels..]);
            }
        }
        let mut sum = vec![0.0; length];
        let mut blurred = Vec::with_capacity(pixels.len());
        for y in 0..height {
            sum.fill(0.0);
            for tap in 0..=2 * reach {
                let source = mirrored(y as isize + tap as isize - reach as isize, height);
                add(&mut sum, self.taps[tap.abs_diff(reach)], &across[source * length..]);
            }
            blurred.extend(sum.iter().map(|value| *value as f32));
        }
        Ok(blurred)
    }
}

/// Adds `weight` times the first values of `from` to `out`.
fn add(out: &mut [f64], weight: f64, from: &[f64]) {
    out.iter_mut().zip(from).for_each(|(out, value)| *out += weight * value);
}

/// Position in `0..side` of one up to `side - 1` pixels outside, mirrored at the outermost pixel.
fn mirrored(at: isize, side: usize) -> usize {
    let at = at.unsigned_abs();
    if at < side { at } else { 2 * (side - 1) - at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_stay_and_a_dot_becomes_the_kernel() {
        let blur = GaussianBlur::new(3, None).expect("a kernel");
        let flat = blur.apply(&[0.5; 40], [4, 5], 2).expect("a picture");
        assert!(flat.iter().all(|value| (value - 0.5).abs() < 1e-7));
        let mut dot = vec![0.0; 25];
        dot[12] = 1.0;
        let spread = blur.apply(&dot, [5, 5], 1).expect("a picture");
        // Sigma 0.8: exp(-1 / 1.28) = 0.4578 beside the centre.
        let side = (-1.0f64 / 1.28).exp();
        let centre = 1.0 / (1.0 + 2.0 * side);
        assert!((f64::from(spread[12]) - centre * centre).abs() < 1e-7);
        assert!((f64::from(spread[6]) - (centre * side).powi(2)).abs() < 1e-7);
        assert_eq!((spread[0], spread[2]), (0.0, 0.0));
    }

    #[test]
    fn impossible_kernels_are_errors() {
        assert_eq!(GaussianBlur::new(4, None), Err(BlurError::Kernel(4)));
        assert_eq!(GaussianBlur::new(0, None), Err(BlurError::Kernel(0)));
        assert_eq!(GaussianBlur::new(3, Some(0.0)), Err(BlurError::Sigma(0.0)));
        let blur = GaussianBlur::new(7, None).expect("a kernel");
        assert!(matches!(blur.apply(&[0.0; 12], [3, 4], 1), Err(BlurError::Small { limit: 7, .. })));
        assert!(matches!(blur.apply(&[0.0; 11], [3, 4], 1), Err(BlurError::Size { values: 11, .. })));
        assert_eq!(GaussianBlur::new(1, None).expect("a kernel").apply(&[2.0], [1, 1], 1), Ok(vec![2.0]));
    }
}
