use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Baseline, BaselineInput, Refusal};
use camlab_raster::Map;

/// Centre baseline: one Gaussian in the middle of every image (Choe et al. 2020, section 5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CenterGaussian {
    /// Standard deviation along each axis, as a fraction of the image's side: 0.25 is 56 of 224 pixels.
    pub sigma: f32,
}

impl Default for CenterGaussian {
    fn default() -> Self {
        Self { sigma: 0.25 }
    }
}

impl Baseline for CenterGaussian {
    fn version(&self) -> u32 {
        1
    }

    fn is_seeded(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.sigma > 0.0 && self.sigma.is_finite(),
            "sigma",
            format!("`sigma` = {} is out of range", self.sigma),
            "write a positive fraction of the image's side: 0.25 is 56 of 224 pixels",
        )
    }

    fn map(&self, canvas: BaselineInput<'_>) -> Map {
        let axis = |side: usize| -> Vec<f32> {
            let middle = (side as f32 - 1.0) / 2.0;
            let sigma = self.sigma * side as f32;
            (0..side).map(|at| (-0.5 * ((at as f32 - middle) / sigma).powi(2)).exp()).collect()
        };
        let (rows, columns) = (axis(canvas.height), axis(canvas.width));
        let data = rows.iter().flat_map(|y| columns.iter().map(move |x| y * x)).collect();
        Map::new(canvas.height, canvas.width, data)
    }
}
