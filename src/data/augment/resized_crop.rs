use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Crop of random area and aspect ratio, resized to the network's input: torchvision's `RandomResizedCrop`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ResizedCrop {
    /// Minimum and maximum fraction of the image's area, in (0, 1].
    pub scale: [f64; 2],
    /// Minimum and maximum aspect ratio (width / height), drawn uniformly on a logarithmic scale.
    pub ratio: [f64; 2],
}

impl Default for ResizedCrop {
    fn default() -> Self {
        Self { scale: [0.08, 1.0], ratio: [3.0 / 4.0, 4.0 / 3.0] }
    }
}

/// A window of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CropWindow {
    /// Topmost row.
    pub top: usize,
    /// Leftmost column.
    pub left: usize,
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
}

/// Maximum number of draws of a window that fits.
const ATTEMPTS: usize = 10;

impl ResizedCrop {
    pub(super) fn check(&self) -> Result<(), String> {
        let [least, largest] = self.scale;
        if !(0.0 < least && least <= largest && largest <= 1.0) {
            return Err(format!(
                "`random-resized-crop.scale` = [{least}, {largest}] is out of range; use the smallest and the \
                 largest fraction of the image's area, above 0 and at most 1"
            ));
        }
        let [least, largest] = self.ratio;
        if !(0.0 < least && least <= largest && largest.is_finite()) {
            return Err(format!(
                "`random-resized-crop.ratio` = [{least}, {largest}] is out of range; use the smallest and the \
                 largest width divided by height, both positive"
            ));
        }
        Ok(())
    }

    /// Draws a window of an image of `height` x `width`. If ten draws do not fit, the largest central window at the
    /// nearest allowed aspect ratio.
    pub fn draw(&self, height: usize, width: usize, random: &mut ChaCha8Rng) -> CropWindow {
        let area = (height * width) as f64;
        let [low, high] = self.ratio.map(f64::ln);
        let mut between = |low: f64, high: f64| low + (high - low) * random.random::<f64>();
        for _ in 0..ATTEMPTS {
            let wanted = area * between(self.scale[0], self.scale[1]);
            let ratio = between(low, high).exp();
            // Half to even, as Python rounds.
            let w = (wanted * ratio).sqrt().round_ties_even() as usize;
            let h = (wanted / ratio).sqrt().round_ties_even() as usize;
            if (1..=width).contains(&w) && (1..=height).contains(&h) {
                let mut place = |free: usize| ((free + 1) as f64 * between(0.0, 1.0)) as usize;
                let (top, left) = (place(height - h).min(height - h), place(width - w).min(width - w));
                return CropWindow { top, left, height: h, width: w };
            }
        }
        let shape = width as f64 / height as f64;
        let (h, w) = if shape < self.ratio[0] {
            ((width as f64 / self.ratio[0]).round_ties_even() as usize, width)
        } else if shape > self.ratio[1] {
            (height, (height as f64 * self.ratio[1]).round_ties_even() as usize)
        } else {
            (height, width)
        };
        let (h, w) = (h.clamp(1, height), w.clamp(1, width));
        CropWindow { top: (height - h) / 2, left: (width - w) / 2, height: h, width: w }
    }
}
