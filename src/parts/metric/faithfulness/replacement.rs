//! Images whose pixels are replaced in the order of the map, for insertion and deletion.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric::{
    ChangedImages, ImageColumns, Measured, MeasuredColumn, MeasuredImage, ProbabilityCurve, TargetScore,
};
use camlab_raster::{GaussianBlur, curve_area, descending, replaced_counts};

/// Content of removed pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Canvas {
    /// The image blurred by a Gaussian of 11 x 11 pixels and standard deviation 5, the sizes of RISE's code; at the
    /// edges the image is reflected, without the edge itself. Images of at most 5 pixels have none.
    Blur,
    /// Zero in the preprocessed image: the mean colour of the normalisation.
    Mean,
}

impl Canvas {
    /// Side of the blur's kernel, pixels.
    const KERNEL: usize = 11;
    /// Standard deviation of the blur, pixels.
    const SIGMA: f64 = 5.0;

    /// The word for it in TOML.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Blur => "blur",
            Self::Mean => "mean",
        }
    }

    /// The canvas of an image; `None` for an image that is too small to be blurred.
    fn of(self, image: &MeasuredImage<'_>) -> Option<Vec<f32>> {
        match self {
            Self::Blur => {
                let blur = GaussianBlur::new(Self::KERNEL, Some(Self::SIGMA)).ok()?;
                blur.apply(image.pixels, [image.map.height, image.map.width], image.channels()).ok()
            }
            Self::Mean => Some(vec![0.0; image.pixels.len()]),
        }
    }
}

/// The versions of an image with the highest pixels of its map replaced, or alone kept.
pub(super) struct ReplacedImages<'a> {
    pixels: &'a [f32],
    canvas: Vec<f32>,
    channels: usize,
    /// Pixels by falling value of the map.
    order: Vec<u32>,
    /// Number of the highest pixels in each version, ascending from 0 to all.
    counts: Vec<usize>,
    inserts: bool,
}

impl<'a> ReplacedImages<'a> {
    /// `inserts`: the highest pixels are those of the image, the others of the canvas; else the other way round.
    /// `None` for a constant map, which orders nothing, and where [`Canvas::of`] is.
    pub(super) fn of(image: &MeasuredImage<'a>, steps: usize, canvas: Canvas, inserts: bool) -> Option<Self> {
        let values = &image.map.data;
        let first = values.first()?;
        if values.iter().all(|value| value == first) || values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let counts = replaced_counts(values.len(), steps);
        let (pixels, channels, canvas) = (image.pixels, image.channels(), canvas.of(image)?);
        Some(Self { pixels, canvas, channels, order: descending(values), counts, inserts })
    }
}

impl ChangedImages for ReplacedImages<'_> {
    fn count(&self) -> usize {
        self.counts.len()
    }

    fn write(&self, at: usize, pixels: &mut [f32]) {
        let (under, over) = match self.inserts {
            true => (&self.canvas[..], self.pixels),
            false => (self.pixels, &self.canvas[..]),
        };
        pixels.copy_from_slice(under);
        for pixel in &self.order[..self.counts[at]] {
            let place = *pixel as usize * self.channels;
            pixels[place..place + self.channels].copy_from_slice(&over[place..place + self.channels]);
        }
    }

    fn measured(&self, scores: &[TargetScore]) -> Vec<Measured> {
        let curve: Vec<f32> = scores.iter().map(|score| score.probability).collect();
        let all = self.order.len() as f64;
        let fractions: Vec<f64> = self.counts.iter().map(|count| *count as f64 / all).collect();
        let heights: Vec<f64> = curve.iter().map(|probability| f64::from(*probability)).collect();
        let area = curve_area(&fractions, &heights);
        vec![Measured::Number(area), Measured::List(area.map_or_else(Vec::new, |_| curve))]
    }
}

/// The columns of a metric: the area, and the probability at every step.
pub(super) fn columns(measure: &str) -> Vec<MeasuredColumn> {
    let base = measure.replace('-', "_");
    vec![MeasuredColumn::number(base.clone()), MeasuredColumn::list(format!("{base}_curve"))]
}

/// The mean over images of the probability at every step. Step `k` of `n` is at `k / n`: the last one may replace
/// fewer pixels, so that the shares of the others are larger by at most `1 / pixels` per step.
pub(super) fn mean_curves(measure: &str, rows: &ImageColumns) -> Vec<ProbabilityCurve> {
    let shares = |points: usize| -> Vec<f64> {
        let last = points.saturating_sub(1).max(1) as f64;
        (0..points).map(|point| point as f64 / last).collect()
    };
    let curves = columns(measure).into_iter().filter(|column| column.list);
    curves
        .filter_map(|column| {
            let curves = rows.list(&column.name);
            ProbabilityCurve::mean(column.name.clone(), &curves, shares)
        })
        .collect()
}
