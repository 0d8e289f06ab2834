//! Resizing in OpenCV's conventions: half-pixel centres, no antialiasing, replicated border.

use super::{Map, Mask};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Interpolation method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// The pixel at `floor(x * from / to)` (`cv2.INTER_NEAREST`, which does not use pixel centres).
    Nearest,
    /// Linear in both directions (`cv2.INTER_LINEAR`).
    Bilinear,
    /// Cubic convolution with a = -0.75 in both directions (`cv2.INTER_CUBIC`).
    Bicubic,
}

/// Resizes a map to `height` x `width`, as `cv2.resize` on `float32`. An empty map gives zeros.
pub fn resize(map: &Map, height: usize, width: usize, interpolation: Interpolation) -> Map {
    if map.data.is_empty() || height * width == 0 {
        return Map::new(height, width, vec![0.0; height * width]);
    }
    match interpolation {
        Interpolation::Nearest => {
            Map::new(height, width, pick(&map.data, (map.height, map.width), (height, width)))
        }
        Interpolation::Bilinear => separable(map, height, width, linear),
        Interpolation::Bicubic => separable(map, height, width, cubic),
    }
}

/// Resizes a mask to `height` x `width` by [`Interpolation::Nearest`]. An empty mask gives background.
pub fn resize_mask_nearest(mask: &Mask, height: usize, width: usize) -> Mask {
    let data = match mask.data.is_empty() {
        true => vec![0; height * width],
        false => pick(&mask.data, (mask.height, mask.width), (height, width)),
    };
    Mask { height, width, data }
}

fn pick<T: Copy>(data: &[T], from: (usize, usize), to: (usize, usize)) -> Vec<T> {
    let nearest = |from: usize, to: usize| -> Vec<usize> {
        // OpenCV multiplies by the reciprocal of the reciprocal; the same rounding here gives the same truncation.
        let step = 1.0 / (to as f64 / from as f64);
        (0..to).map(|x| ((x as f64 * step) as usize).min(from - 1)).collect()
    };
    let columns = nearest(from.1, to.1);
    let rows = nearest(from.0, to.0);
    rows.iter().flat_map(|y| columns.iter().map(move |x| data[y * from.1 + x])).collect()
}

/// Weights of the `N` source pixels of one target pixel, given its distance (0 to 1) from the centre-left source
/// pixel.
type ResizeKernel<const N: usize> = fn(f32) -> [f32; N];

fn linear(past: f32) -> [f32; 2] {
    [1.0 - past, past]
}

fn cubic(past: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let (first, second, third) = (far(past + 1.0), near(past), near(1.0 - past));
    [first, second, third, 1.0 - first - second - third]
}

/// Source positions (border replicated) and weights of one target pixel along one axis.
#[derive(Debug, Clone)]
struct ResizeTaps<const N: usize> {
    sources: [usize; N],
    weights: [f32; N],
}

/// Taps of every target pixel; `centre` returns a target pixel's centre in source coordinates.
fn taps<const N: usize>(
    from: usize,
    to: usize,
    kernel: ResizeKernel<N>,
    centre: impl Fn(usize) -> f64,
) -> Vec<ResizeTaps<N>> {
    (0..to)
        .map(|x| {
            let centre = centre(x) as f32;
            let left = centre.floor();
            let first = left as isize - (N as isize / 2 - 1);
            let last = from as isize - 1;
            ResizeTaps {
                sources: std::array::from_fn(|tap| (first + tap as isize).clamp(0, last) as usize),
                weights: kernel(centre - left),
            }
        })
        .collect()
}

/// Half-pixel centres: the border lies half a pixel outside of the first and last centres.
fn half_pixel(from: usize, to: usize) -> impl Fn(usize) -> f64 {
    let scale = from as f64 / to as f64;
    move |x| (x as f64 + 0.5) * scale - 0.5
}

/// `align_corners`: the first and last centres coincide with the source's.
fn corners(from: usize, to: usize) -> impl Fn(usize) -> f64 {
    let scale = if to > 1 { (from - 1) as f64 / (to - 1) as f64 } else { 0.0 };
    move |x| x as f64 * scale
}

/// Resizes along the rows (of `from_width`) first, then along the columns; `out` is `[down, across]`.
fn stretch<const N: usize>(
    data: &[f32],
    from_width: usize,
    across: &[ResizeTaps<N>],
    down: &[ResizeTaps<N>],
    out: &mut [f32],
) {
    let width = across.len();
    let mut stretched = Vec::with_capacity(data.len() / from_width * width);
    for row in data.chunks_exact(from_width) {
        stretched.extend(across.iter().map(|taps| {
            let products =
                taps.sources.iter().zip(taps.weights).map(|(&source, weight)| row[source] * weight);
            products.sum::<f32>()
        }));
    }
    for (row, taps) in out.chunks_exact_mut(width).zip(down) {
        for (tap, (source, weight)) in taps.sources.iter().zip(taps.weights).enumerate() {
            let source = &stretched[source * width..][..width];
            match tap {
                0 => row.iter_mut().zip(source).for_each(|(out, value)| *out = value * weight),
                _ => row.iter_mut().zip(source).for_each(|(out, value)| *out += value * weight),
            }
        }
    }
}

fn separable<const N: usize>(map: &Map, height: usize, width: usize, kernel: ResizeKernel<N>) -> Map {
    let across = taps(map.width, width, kernel, half_pixel(map.width, width));
    let down = taps(map.height, height, kernel, half_pixel(map.height, height));
    let mut out = vec![0.0; height * width];
    stretch(&map.data, map.width, &across, &down, &mut out);
    Map::new(height, width, out)
}

/// Bilinear upsampling with precomputed weights, for many maps of one size.
#[derive(Debug, Clone)]
pub struct Enlarge {
    from_width: usize,
    across: Vec<ResizeTaps<2>>,
    down: Vec<ResizeTaps<2>>,
}

impl Enlarge {
    /// From `[height, width]` to `[height, width]`, none of them 0. With `align_corners` the centres of the corner
    /// pixels coincide (torch's `UpsamplingBilinear2d`); without, this equals [`Interpolation::Bilinear`].
    pub fn new(from: [usize; 2], to: [usize; 2], align_corners: bool) -> Self {
        let axis = |at: usize| match align_corners {
            true => taps(from[at], to[at], linear, corners(from[at], to[at])),
            false => taps(from[at], to[at], linear, half_pixel(from[at], to[at])),
        };
        Self { from_width: from[1], across: axis(1), down: axis(0) }
    }

    /// Returns the upsampled `map`, which is `[height, width]` row-major.
    pub fn apply(&self, map: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        self.apply_to(map, &mut out);
        out
    }

    /// As [`Self::apply`], overwriting `out`.
    pub fn apply_to(&self, map: &[f32], out: &mut Vec<f32>) {
        out.resize(self.across.len() * self.down.len(), 0.0);
        stretch(map, self.from_width, &self.across, &self.down, out);
    }
}
