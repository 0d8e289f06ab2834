use serde::{Deserialize, Serialize};

use crate::parts::metric::MetricSpec;
use crate::raster::Interpolation;

/// `[evaluation]`: how maps are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Evaluation {
    /// What to report, by name or with options.
    pub metrics: Vec<MetricSpec>,
    /// From the layer's grid to the input's size; wsolevaluation: bicubic, pytorch-grad-cam: bilinear.
    pub interpolation: Interpolation,
    /// Bootstrap resamples behind the 95 % intervals; 0: none.
    pub bootstrap: usize,
}

impl Default for Evaluation {
    fn default() -> Self {
        Self { metrics: MetricSpec::standard(), interpolation: Interpolation::Bicubic, bootstrap: 500 }
    }
}
