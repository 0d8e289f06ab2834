//! Score-CAM's masks: a layer's channels, upsampled to the image's size and scaled to [0, 1].

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Features;
use camlab_raster::Enlarge;

/// Point at which a channel is scaled to [0, 1].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaskScaling {
    /// On the layer's grid, before upsampling (torchcam).
    BeforeUpsampling,
    /// At the image's size, after upsampling (the paper's equation 9, its code, pytorch-grad-cam).
    #[default]
    AfterUpsampling,
}

/// Masks from the channels of one image.
pub(crate) struct Masks<'a> {
    features: Features<'a>,
    enlarge: Enlarge,
    normalise: MaskScaling,
    /// Minimum and maximum of every channel on the layer's grid.
    ranges: Vec<[f32; 2]>,
}

impl<'a> Masks<'a> {
    /// Masks for images of size `[height, width]`.
    pub fn new(
        features: Features<'a>,
        size: [usize; 2],
        normalise: MaskScaling,
        align_corners: bool,
    ) -> Self {
        let enlarge = Enlarge::new([features.height, features.width], size, align_corners);
        let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; features.channels];
        for position in features.activations.chunks_exact(features.channels) {
            for ([low, high], value) in ranges.iter_mut().zip(position) {
                (*low, *high) = (low.min(*value), high.max(*value));
            }
        }
        Self { features, enlarge, normalise, ranges }
    }

    /// True when a channel is constant: its mask would be 0 everywhere.
    pub fn is_constant(&self, channel: usize) -> bool {
        let [low, high] = self.ranges[channel];
        low >= high
    }

    /// Writes the image times a channel's mask, `x * H_k`, `[height, width, colours]`, to `out`; `alter` changes the
    /// mask first.
    pub fn write(&self, channel: usize, image: &[f32], out: &mut [f32], alter: impl Fn(&mut [f32])) {
        MASK.with_borrow_mut(|mask| {
            let Features { activations, channels, .. } = self.features;
            let mut values: Vec<f32> = activations.iter().skip(channel).step_by(channels).copied().collect();
            if self.normalise == MaskScaling::BeforeUpsampling {
                scale(&mut values, self.ranges[channel]);
            }
            self.enlarge.apply_to(&values, mask);
            if self.normalise == MaskScaling::AfterUpsampling {
                let range = range(mask);
                scale(mask, range);
            }
            alter(mask);
            multiply(image, mask, out);
        });
    }
}

thread_local! {
    /// Reused buffer for the current mask: allocating one per mask would cost more than computing it.
    static MASK: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Writes every pixel of `image` times its mask value to `out`.
pub(crate) fn multiply(image: &[f32], mask: &[f32], out: &mut [f32]) {
    /// Pixels whose mask values are repeated for the three colours in one step: three vector widths of factors.
    const RUN: usize = 16;
    let colours = image.len() / mask.len();
    if colours != 3 {
        let pixels = out.chunks_exact_mut(colours).zip(image.chunks_exact(colours)).zip(mask);
        return pixels
            .for_each(|((out, pixel), mask)| out.iter_mut().zip(pixel).for_each(|(o, v)| *o = v * mask));
    }
    let runs = out.chunks_mut(3 * RUN).zip(image.chunks(3 * RUN)).zip(mask.chunks(RUN));
    for ((out, image), mask) in runs {
        let mut factors = [0.0; 3 * RUN];
        for (factors, mask) in factors.chunks_exact_mut(3).zip(mask) {
            factors.fill(*mask);
        }
        out.iter_mut().zip(image).zip(factors).for_each(|((out, value), factor)| *out = value * factor);
    }
}

/// `(x - min) / (max - min)`; 0 where all values are equal. (pytorch-grad-cam and torchcam add 1e-8 to the
/// denominator.)
fn scale(values: &mut [f32], [low, high]: [f32; 2]) {
    match low < high {
        true => values.iter_mut().for_each(|value| *value = (*value - low) / (high - low)),
        false => values.fill(0.0),
    }
}

/// Values compared in parallel, so that the loop vectorises.
const LANES: usize = 16;

/// Minimum and maximum.
fn range(values: &[f32]) -> [f32; 2] {
    let (mut lows, mut highs) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let mut take = |chunk: &[f32]| {
        for ((low, high), value) in lows.iter_mut().zip(&mut highs).zip(chunk) {
            *low = if value < low { *value } else { *low };
            *high = if value > high { *value } else { *high };
        }
    };
    let chunks = values.chunks_exact(LANES);
    take(chunks.remainder());
    chunks.for_each(take);
    [lows.into_iter().fold(f32::INFINITY, f32::min), highs.into_iter().fold(f32::NEG_INFINITY, f32::max)]
}
