use serde::{Deserialize, Serialize};

use super::Contrast;
use camlab_raster::{Map, Rgb, quantile};

/// Histogram stretching: `(m - q_low) / (q_high - q_low)`, cut off at 0 and 1, with two quantiles of the map itself
/// (what `skimage.exposure.rescale_intensity` does with percentiles). A map whose two quantiles are one value has
/// nothing to stretch and stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HistogramStretch {
    /// The quantile that becomes 0, as a part of the pixels.
    pub low: f64,
    /// The quantile that becomes 1.
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
            format!("low = {} and high = {} are no quantiles to stretch between", self.low, self.high)
        })
    }
}
