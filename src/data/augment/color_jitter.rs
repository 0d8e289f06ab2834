use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_raster::Rgb;

/// Random changes of brightness, contrast, saturation and hue in random order: torchvision's `ColorJitter`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ColorJitter {
    /// Half-width of the brightness factor, drawn uniformly from `max(0, 1 - brightness)` to `1 + brightness`.
    pub brightness: f64,
    /// Half-width of the contrast factor (around the image's mean grey), drawn likewise.
    pub contrast: f64,
    /// Half-width of the saturation factor (around every pixel's own grey), drawn likewise.
    pub saturation: f64,
    /// Maximum hue shift, 0 to 0.5; the shift is drawn from `-hue` to `hue`, where 1 is the full colour circle.
    pub hue: f64,
}

/// One colour change with its drawn parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shift {
    /// Brightness factor: below 1 darkens, above 1 brightens.
    Brightness(f64),
    /// Contrast factor: below 1 moves towards the image's mean grey, above 1 away from it.
    Contrast(f64),
    /// Saturation factor: below 1 moves towards every pixel's own grey, above 1 away from it.
    Saturation(f64),
    /// Hue shift as a fraction of the colour circle, -0.5 to 0.5.
    Hue(f64),
}

impl ColorJitter {
    pub(super) fn check(&self) -> Result<(), String> {
        let amounts =
            [("brightness", self.brightness), ("contrast", self.contrast), ("saturation", self.saturation)];
        for (name, amount) in amounts {
            if !(amount >= 0.0 && amount.is_finite()) {
                return Err(format!(
                    "`color-jitter.{name}` = {amount} is out of range; use 0 (none) or more"
                ));
            }
        }
        match (0.0..=0.5).contains(&self.hue) {
            true => Ok(()),
            false => Err(format!("`color-jitter.hue` = {} is out of range; use 0 (none) to 0.5", self.hue)),
        }
    }

    /// Draws the changes, in the order of application. Every parameter is always drawn, so that enabling one change
    /// does not alter the draws of the others.
    pub fn draw(&self, random: &mut ChaCha8Rng) -> Vec<Shift> {
        let mut order = [0, 1, 2, 3];
        order.shuffle(random);
        let mut between = |low: f64, high: f64| low + (high - low) * random.random::<f64>();
        let mut factor = |amount: f64| between((1.0 - amount).max(0.0), 1.0 + amount);
        let factors = [factor(self.brightness), factor(self.contrast), factor(self.saturation)];
        let turn = between(-self.hue, self.hue);
        let shift = |which: usize| match which {
            0 => (self.brightness > 0.0).then_some(Shift::Brightness(factors[0])),
            1 => (self.contrast > 0.0).then_some(Shift::Contrast(factors[1])),
            2 => (self.saturation > 0.0).then_some(Shift::Saturation(factors[2])),
            _ => (self.hue > 0.0).then_some(Shift::Hue(turn)),
        };
        order.into_iter().filter_map(shift).collect()
    }
}

impl Shift {
    /// Applies the change like torchvision's `adjust_brightness`, `adjust_contrast`, `adjust_saturation` and
    /// `adjust_hue` on `uint8` tensors: computed in `f32`, truncated to bytes after each change.
    pub fn apply(self, photo: &mut Rgb) {
        let pixels = photo.data.chunks_exact_mut(3);
        match self {
            Self::Brightness(factor) => pixels.for_each(|pixel| blend(pixel, 0.0, factor)),
            Self::Contrast(factor) => {
                let count = (photo.height * photo.width).max(1) as f64;
                let sum: u64 = photo.data.chunks_exact(3).map(|pixel| u64::from(grey(pixel))).sum();
                let mean = (sum as f64 / count) as f32;
                photo.data.chunks_exact_mut(3).for_each(|pixel| blend(pixel, mean, factor));
            }
            Self::Saturation(factor) => pixels.for_each(|pixel| {
                let grey = f32::from(grey(pixel));
                blend(pixel, grey, factor);
            }),
            Self::Hue(turn) => pixels.for_each(|pixel| turned(pixel, turn as f32)),
        }
    }
}

/// `factor * pixel + (1 - factor) * other`, clamped and truncated to bytes.
fn blend(pixel: &mut [u8], other: f32, factor: f64) {
    let (own, rest) = (factor as f32, (1.0 - factor) as f32);
    for value in pixel {
        *value = (own * f32::from(*value) + rest * other).clamp(0.0, 255.0) as u8;
    }
}

/// ITU-R 601's luma, as torchvision's `rgb_to_grayscale`.
fn grey(pixel: &[u8]) -> u8 {
    let [r, g, b] = [0, 1, 2].map(|channel| f32::from(pixel[channel]));
    (0.2989 * r + 0.587 * g + 0.114 * b) as u8
}

/// Shifts a pixel's hue by `turn` of the colour circle, via HSV.
fn turned(pixel: &mut [u8], turn: f32) {
    let [r, g, b] = [0, 1, 2].map(|channel| f32::from(pixel[channel]) / 255.0);
    let (highest, lowest) = (r.max(g).max(b), r.min(g).min(b));
    let range = highest - lowest;
    let (saturation, divisor) = match range == 0.0 {
        true => (0.0, 1.0),
        false => (range / highest, range),
    };
    let [rc, gc, bc] = [r, g, b].map(|value| (highest - value) / divisor);
    let sixth = match highest {
        h if h == r => bc - gc,
        h if h == g => 2.0 + rc - bc,
        _ => 4.0 + gc - rc,
    };
    let hue = (((sixth / 6.0 + 1.0) % 1.0) + turn).rem_euclid(1.0);
    let sector = (hue * 6.0).floor();
    let rest = hue * 6.0 - sector;
    let level = |share: f32| (highest * (1.0 - share)).clamp(0.0, 1.0);
    let (p, q, t) = (level(saturation), level(saturation * rest), level(saturation * (1.0 - rest)));
    let rgb = match sector as u32 % 6 {
        0 => [highest, t, p],
        1 => [q, highest, p],
        2 => [p, highest, t],
        3 => [p, q, highest],
        4 => [t, p, highest],
        _ => [highest, p, q],
    };
    // torchvision's conversion from [0, 1] to bytes, which gives every byte an equal interval.
    pixel.iter_mut().zip(rgb).for_each(|(value, new)| *value = (new * (256.0 - 1e-3)) as u8);
}
