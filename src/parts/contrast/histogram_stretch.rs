use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Contrast;
use camlab_raster::{Map, Rgb, quantile};

/// Histogram stretching: `(m - q_low) / (q_high - q_low)`, clamped to [0, 1], where `q_low` and `q_high` are
/// quantiles of the map itself (as `skimage.exposure.rescale_intensity` with percentiles). A map whose two quantiles
/// are equal is returned unchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HistogramStretch {
    /// Quantile of the pixels mapped to 0, in [0, 1].
    pub low: f64,
    /// Quantile of the pixels mapped to 1, in [0, 1]; above `low`.
    pub high: f64,
}

impl Default for HistogramStretch {
    fn default() -> Self {
        Self { low: 0.02, high: 0.98 }
    }
}

impl Contrast for HistogramStretch {
    fn version(&self) -> u32 {
        1
    }

    fn needs_photo(&self) -> bool {
        false
    }

    fn changes_reference(&self) -> bool {
        true
    }

    fn apply(&self, map: &Map, _photo: Option<&Rgb>) -> Map {
        let ends = quantile(&map.data, self.low).zip(quantile(&map.data, self.high));
        let Some((low, high)) = ends.filter(|(low, high)| low < high) else { return map.clone() };
        let stretch = |value: &f32| ((f64::from(*value) - low) / (high - low)).clamp(0.0, 1.0) as f32;
        Map::new(map.height, map.width, map.data.iter().map(stretch).collect())
    }

    fn problem(&self) -> Option<String> {
        let inside = |part: f64| (0.0..=1.0).contains(&part);
        let right = inside(self.low) && inside(self.high) && self.low < self.high;
        (!right).then(|| {
            format!(
                "`low` = {} and `high` = {} are out of range: 0 <= low < high <= 1 is required",
                self.low, self.high
            )
        })
    }
}
