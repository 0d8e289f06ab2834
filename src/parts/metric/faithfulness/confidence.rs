//! The target class's probability for the image multiplied by its map.

use crate::metric::{ChangedImages, ImageColumns, Measured, MeasuredColumn, MeasuredImage, TargetScore};
use camlab_raster::Map;

const WHOLE: &str = "whole_probability";
const MASKED: &str = "masked_probability";

/// The columns: probability of the target class for the whole and for the multiplied image, 0 to 1.
pub(super) fn columns() -> Vec<MeasuredColumn> {
    [WHOLE, MASKED].map(MeasuredColumn::number).to_vec()
}

/// Both probabilities of every image that has them.
pub(super) fn probabilities(rows: &ImageColumns) -> impl Iterator<Item = Option<(f64, f64)>> {
    rows.quantity(WHOLE).zip(rows.quantity(MASKED)).map(|(whole, masked)| whole.zip(masked))
}

/// Average drop of one image: the fraction of its probability that the multiplication takes, or with
/// `relative = false` the difference. `None` if the probability is 0 or not a number.
pub(super) fn drop(whole: f64, masked: f64, relative: bool) -> Option<f64> {
    positive((whole - masked) / if relative { whole } else { 1.0 })
}

/// Average gain of one image: the fraction of what its probability lacks to 1 that the multiplication gives, or with
/// `relative = false` the difference. `None` if the probability is 1 or not a number.
pub(super) fn gain(whole: f64, masked: f64, relative: bool) -> Option<f64> {
    positive((masked - whole) / if relative { 1.0 - whole } else { 1.0 })
}

/// Not `f64::max`, which would turn NaN into 0.
fn positive(change: f64) -> Option<f64> {
    change.is_finite().then_some(if change < 0.0 { 0.0 } else { change })
}

/// The multiplied image, and the whole one if its probability is not known.
pub(super) struct MultipliedImage<'a> {
    pixels: &'a [f32],
    map: &'a Map,
    channels: usize,
    known: Option<f32>,
}

impl<'a> MultipliedImage<'a> {
    pub(super) fn of(image: &MeasuredImage<'a>) -> Self {
        let channels = image.channels();
        Self { pixels: image.pixels, map: image.map, channels, known: image.probability }
    }
}

impl ChangedImages for MultipliedImage<'_> {
    fn count(&self) -> usize {
        if self.known.is_some() { 1 } else { 2 }
    }

    fn write(&self, at: usize, pixels: &mut [f32]) {
        pixels.copy_from_slice(self.pixels);
        if at == 0 {
            multiply(pixels, self.map, self.channels);
        }
    }

    fn measured(&self, scores: &[TargetScore]) -> Vec<Measured> {
        let probability = |at: usize| scores.get(at).map(|score| score.probability);
        let number = |value: Option<f32>| {
            Measured::Number(value.map(f64::from).filter(|probability| probability.is_finite()))
        };
        vec![number(self.known.or(probability(1))), number(probability(0))]
    }
}

/// Multiplies every channel of an image `[height, width, channels]` by its map.
fn multiply(pixels: &mut [f32], map: &Map, channels: usize) {
    let pixels = pixels.chunks_exact_mut(channels.max(1)).zip(&map.data);
    pixels.for_each(|(pixel, share)| pixel.iter_mut().for_each(|value| *value *= share));
}
