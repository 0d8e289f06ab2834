use super::grey::Grey;
use crate::{Interpolation, Map, Rgb, resize};

/// Side of the image that is transformed.
const SIDE: usize = 64;
/// Standard deviation of the Gaussian over the map, in pixels of the transformed image.
const SIGMA: f64 = 8.0;
/// Number of taps of that Gaussian.
const TAPS: usize = 5;

/// A complex number.
type Complex = [f64; 2];

/// Spectral residual saliency (Hou and Zhang 2007): the log amplitude of the image's Fourier spectrum minus its local
/// mean, transformed back with the phase unchanged, squared and smoothed.
///
/// Computed on 64 x 64 grey pixels and resized to the image's size, with the logarithm of the amplitude plus 1, as in
/// OpenCV's `StaticSaliencySpectralResidual` in version 5. OpenCV approximates the phase, by which the maps differ a
/// little (4e-5 in the test). Values are in [0, 1]; a uniform image gives zeros.
pub fn spectral_residual(photo: &Rgb) -> Map {
    let (height, width) = (photo.height, photo.width);
    let grey = Grey::of(photo);
    if grey.data.windows(2).all(|pair| pair[0] == pair[1]) {
        return Map::new(height, width, vec![0.0; height * width]);
    }
    let mut spectrum: Vec<Complex> = grey.resized(SIDE).data.iter().map(|l| [f64::from(*l), 0.0]).collect();
    transform(&mut spectrum, -1.0);
    replace_amplitudes(&mut spectrum);
    transform(&mut spectrum, 1.0);
    let amplitudes: Vec<f64> = spectrum.iter().map(|[re, im]| re.hypot(*im)).collect();
    let smooth = filtered(&amplitudes, &gaussian());
    let squares: Vec<f64> = smooth.iter().map(|value| value * value).collect();
    let peak = squares.iter().copied().fold(0.0, f64::max);
    let data = match peak.is_finite() && peak > 0.0 {
        true => squares.iter().map(|value| (value / peak) as f32).collect(),
        false => vec![0.0; SIDE * SIDE],
    };
    resize(&Map::new(SIDE, SIDE, data), height, width, Interpolation::Bilinear)
}

/// Replaces the amplitudes of a spectrum by the exponentials of their spectral residual.
fn replace_amplitudes(spectrum: &mut [Complex]) {
    let amplitudes: Vec<f64> = spectrum.iter().map(|[re, im]| re.hypot(*im)).collect();
    let logs: Vec<f64> = amplitudes.iter().map(|value| (value + 1.0).ln()).collect();
    let means = filtered(&logs, &[1.0 / 3.0; 3]);
    for (at, value) in spectrum.iter_mut().enumerate() {
        let residual = (logs[at] - means[at]).exp();
        *value = match amplitudes[at] > 0.0 {
            true => value.map(|part| part / amplitudes[at] * residual),
            false => [residual, 0.0],
        };
    }
}

/// Unnormalised Fourier transform along rows and columns; `sign` is that of the exponent.
fn transform(values: &mut [Complex], sign: f64) {
    let turn = |at: usize| {
        let angle = std::f64::consts::TAU * at as f64 / SIDE as f64;
        [angle.cos(), sign * angle.sin()]
    };
    let turns: [Complex; SIDE] = std::array::from_fn(turn);
    // Two transforms along the rows, each followed by a transposition.
    for _ in 0..2 {
        let mut turned = vec![[0.0; 2]; values.len()];
        for (y, row) in values.chunks_exact(SIDE).enumerate() {
            for frequency in 0..SIDE {
                let mut sum = [0.0; 2];
                for (x, [re, im]) in row.iter().enumerate() {
                    let [cosine, sine] = turns[frequency * x % SIDE];
                    sum[0] += re * cosine - im * sine;
                    sum[1] += re * sine + im * cosine;
                }
                turned[frequency * SIDE + y] = sum;
            }
        }
        values.copy_from_slice(&turned);
    }
}

/// Taps of a normalised Gaussian.
fn gaussian() -> [f64; TAPS] {
    let taps: [f64; TAPS] = std::array::from_fn(|at| {
        let away = at as f64 - (TAPS / 2) as f64;
        (-away * away / (2.0 * SIGMA * SIGMA)).exp()
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

/// Convolution of a map of [`SIDE`] x [`SIDE`] with a symmetric kernel along both axes, mirrored at the border.
fn filtered(values: &[f64], taps: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    for _ in 0..2 {
        let mut turned = vec![0.0; values.len()];
        for (y, row) in values.chunks_exact(SIDE).enumerate() {
            for x in 0..SIDE {
                let value = |(tap, weight): (usize, &f64)| {
                    let at = (x + tap).abs_diff(taps.len() / 2);
                    row[at.min(2 * (SIDE - 1) - at)] * weight
                };
                turned[x * SIDE + y] = taps.iter().enumerate().map(value).sum();
            }
        }
        values = turned;
    }
    values
}
