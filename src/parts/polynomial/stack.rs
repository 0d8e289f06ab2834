//! All maps of an image on one grid, corrected and stacked as channels.

use rayon::prelude::*;

use super::{Polynomial, ScaleScope};
use crate::cluster::Points;
use camlab_raster::{Enlarge, Map};

/// Maps of an image on one grid: the activations of a layer, or a single map.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Number of maps.
    pub channels: usize,
    /// `[height, width, channels]` row-major, any range.
    pub data: Vec<f32>,
}

impl From<Map> for Layer {
    fn from(map: Map) -> Self {
        Self { height: map.height, width: map.width, channels: 1, data: map.data }
    }
}

/// Stack of an image: every map scaled to [0, 1], upsampled to the finest grid, and expanded into degrees 1 to k.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Rows of the grid.
    pub height: usize,
    /// Columns of the grid.
    pub width: usize,
    /// One vector per pixel, ordered by map, then by degree.
    pub pixels: Points,
}

/// Rows and columns of the grid that layers are joined on: the largest number of each.
pub fn finest<'a>(grids: impl IntoIterator<Item = &'a (usize, usize)>) -> (usize, usize) {
    grids.into_iter().fold((0, 0), |(height, width), (h, w)| (height.max(*h), width.max(*w)))
}

impl Stack {
    /// Scales, upsamples (bilinear) and corrects, in this order: the polynomial is evaluated on the upsampled map, so
    /// that it applies to the value at each pixel.
    pub fn new(mut layers: Vec<Layer>, polynomial: &Polynomial) -> Self {
        let grids: Vec<(usize, usize)> = layers.iter().map(|layer| (layer.height, layer.width)).collect();
        let (height, width) = finest(&grids);
        let channels: usize = layers.iter().map(|layer| layer.channels).sum();
        let mut joined = vec![0.0f32; height * width * channels];
        let mut first = 0;
        for layer in &mut layers {
            scale(layer, polynomial.scale);
            place(layer, (height, width), channels, first, &mut joined);
            first += layer.channels;
        }
        let degree = polynomial.degree;
        let mut data = vec![0.0f32; joined.len() * degree];
        data.par_chunks_mut((channels * degree).max(1)).zip(joined.par_chunks(channels.max(1))).for_each(
            |(out, values)| {
                for (out, value) in out.chunks_exact_mut(degree).zip(values) {
                    polynomial.basis.values(*value, out);
                }
            },
        );
        Self { height, width, pixels: Points { dims: (channels * degree).max(1), data } }
    }

    /// Mean pixel vector: the stack after global average pooling.
    pub fn mean(&self) -> Vec<f64> {
        let mut sums = vec![0.0f64; self.pixels.dims];
        for row in self.pixels.rows() {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let count = self.pixels.count().max(1) as f64;
        sums.into_iter().map(|sum| sum / count).collect()
    }

    /// Class map `S(p) = sum_j w_j phi_j(p)`, with one weight per channel of the stack.
    pub fn class_map(&self, weights: &[f64]) -> Map {
        let value = |row: &[f32]| {
            row.iter().zip(weights).map(|(value, weight)| f64::from(*value) * weight).sum::<f64>() as f32
        };
        let dims = self.pixels.dims;
        let data = self.pixels.data.par_chunks_exact(dims).map(value).collect();
        Map::new(self.height, self.width, data)
    }
}

/// `(x - min) / (max - min)`, over the whole layer or per channel; 0 where all values are equal, and for NaN and
/// infinite values.
fn scale(layer: &mut Layer, how: ScaleScope) {
    let channels = layer.channels.max(1);
    let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; channels];
    for position in layer.data.chunks_exact(channels) {
        for ([low, high], value) in ranges.iter_mut().zip(position) {
            if value.is_finite() {
                (*low, *high) = (low.min(*value), high.max(*value));
            }
        }
    }
    if how == ScaleScope::Map {
        let all = |[a, b]: [f32; 2], [low, high]: &[f32; 2]| [a.min(*low), b.max(*high)];
        let range = ranges.iter().fold([f32::INFINITY, f32::NEG_INFINITY], all);
        ranges.fill(range);
    }
    for position in layer.data.chunks_exact_mut(channels) {
        for ([low, high], value) in ranges.iter().zip(position) {
            let span = f64::from(*high) - f64::from(*low);
            let scaled = (f64::from(*value) - f64::from(*low)) / span;
            *value = if span > 0.0 && scaled.is_finite() { scaled.clamp(0.0, 1.0) as f32 } else { 0.0 };
        }
    }
}

/// Writes a layer's channels, upsampled, to the joined grid from channel `first` on.
fn place(layer: &Layer, (height, width): (usize, usize), channels: usize, first: usize, joined: &mut [f32]) {
    if (layer.height, layer.width) == (height, width) {
        for (out, position) in joined.chunks_exact_mut(channels).zip(layer.data.chunks_exact(layer.channels))
        {
            out[first..first + layer.channels].copy_from_slice(position);
        }
        return;
    }
    let enlarge = Enlarge::new([layer.height, layer.width], [height, width], false);
    let enlarged: Vec<Vec<f32>> = (0..layer.channels)
        .into_par_iter()
        .map(|channel| {
            let values: Vec<f32> = layer.data.iter().skip(channel).step_by(layer.channels).copied().collect();
            enlarge.apply(&values)
        })
        .collect();
    for (at, out) in joined.chunks_exact_mut(channels).enumerate() {
        for (out, map) in out[first..].iter_mut().zip(&enlarged) {
            *out = map[at];
        }
    }
}
