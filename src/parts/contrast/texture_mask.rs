use serde::{Deserialize, Serialize};

use super::Contrast;
use camlab_raster::{Map, Rgb, Texture, quantile, texture_energy};

/// Energies above this part of an image's pixels weigh no more than one: a single bright edge must not dim the rest.
const FULL: f64 = 0.95;

/// Texture masking: the map is kept where the photograph, at the input's size, has texture.
///
/// Softly (no `threshold`): the map times `min(1, e / q95(e))`, with `e` the texture energy around the pixel and `q95`
/// its 0.95 quantile over the image. With a threshold: pixels whose energy lies below that quantile of the image's
/// energies become 0. A photograph without any texture masks nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextureMask {
    /// What counts as texture.
    pub energy: Texture,
    /// Side of the square around a pixel that its energy is gathered from, pixels of the input; odd.
    pub window: usize,
    /// The part of the pixels, those of least energy, that is masked; not written: the map is weighted instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

impl Default for TextureMask {
    fn default() -> Self {
        Self { energy: Texture::default(), window: 15, threshold: None }
    }
}

impl Contrast for TextureMask {
    fn version(&self) -> u32 {
        1
    }

    fn needs_photo(&self) -> bool {
        true
    }

    fn changes_reference(&self) -> bool {
        false
    }

    fn apply(&self, map: &Map, photo: Option<&Rgb>) -> Map {
        let Some(photo) = photo else { return map.clone() };
        let energy = texture_energy(photo, self.energy, self.window);
        let edge = quantile(&energy.data, self.threshold.unwrap_or(FULL)).unwrap_or(0.0);
        if energy.data.iter().all(|energy| *energy <= 0.0) {
            return map.clone();
        }
        let weight = |energy: f32| match self.threshold {
            Some(_) => f64::from(u8::from(f64::from(energy) >= edge)),
            // Texture in less than one pixel of twenty: it alone is kept.
            None if edge <= 0.0 => f64::from(u8::from(energy > 0.0)),
            None => (f64::from(energy) / edge).min(1.0),
        };
        let masked = map.data.iter().zip(&energy.data);
        let masked = masked.map(|(value, energy)| (f64::from(*value) * weight(*energy)) as f32);
        Map::new(map.height, map.width, masked.collect())
    }

    fn problem(&self) -> Option<String> {
        if self.window.is_multiple_of(2) {
            return Some(format!("window = {} has no middle: a window has an odd side", self.window));
        }
        let outside = self.threshold.filter(|part| !(0.0..1.0).contains(part))?;
        Some(format!("threshold = {outside} is no part of the pixels: from 0 to below 1"))
    }
}
