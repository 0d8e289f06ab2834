use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Contrast;
use camlab_raster::{Map, Rgb, Texture, quantile, texture_energy};

/// Quantile of the energies that gets weight 1: without it a single bright edge would dim the rest of the image.
const FULL: f64 = 0.95;

/// Texture masking: the map is kept where the image, at the input's size, has texture.
///
/// Without `threshold` (soft): the map times `min(1, e / q95(e))`, where `e` is the texture energy around the pixel
/// and `q95` its 0.95 quantile over the image. With `threshold`: pixels whose energy is below that quantile of the
/// image's energies become 0. If the energy is 0 everywhere, the map is unchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextureMask {
    /// Measure of texture energy.
    pub energy: Texture,
    /// Side in input pixels of the square window over which the energy is aggregated; odd.
    pub window: usize,
    /// Fraction of the pixels, those of lowest energy, that is set to 0, in [0, 1). If omitted, the map is weighted
    /// (soft).
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
            // Fewer than 5 % of the pixels have texture: keep only those.
            None if edge <= 0.0 => f64::from(u8::from(energy > 0.0)),
            None => (f64::from(energy) / edge).min(1.0),
        };
        let masked = map.data.iter().zip(&energy.data);
        let masked = masked.map(|(value, energy)| (f64::from(*value) * weight(*energy)) as f32);
        Map::new(map.height, map.width, masked.collect())
    }

    fn problem(&self) -> Option<String> {
        if self.window.is_multiple_of(2) {
            return Some(format!("`window` = {} is even: an odd side is required", self.window));
        }
        let outside = self.threshold.filter(|part| !(0.0..1.0).contains(part))?;
        Some(format!(
            "`threshold` = {outside} is out of range: a fraction of the pixels from 0 to below 1 is required"
        ))
    }
}
