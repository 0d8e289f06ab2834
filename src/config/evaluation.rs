use serde::{Deserialize, Serialize};

use super::Intuitive;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::MetricSpec;
use camlab_raster::Interpolation;

/// `[evaluation]`: how maps are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Evaluation {
    /// What to report, by name or with options.
    pub metrics: Vec<MetricSpec>,
    /// What is done to maps before they are judged; every metric is computed for each, and for maps as they are.
    pub contrast: Vec<ContrastSpec>,
    /// The per-pixel picture that every other map of the network is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intuitive: Option<Intuitive>,
    /// From the layer's grid to the input's size; wsolevaluation: bicubic, pytorch-grad-cam: bilinear.
    pub interpolation: Interpolation,
    /// Bootstrap resamples behind the 95 % intervals; 0: none.
    pub bootstrap: usize,
}

impl Evaluation {
    /// The contrasts that are judged: maps as they are, then those that are listed.
    pub fn contrasts(&self) -> Vec<ContrastSpec> {
        let listed = self.contrast.iter().filter(|contrast| !contrast.is_none()).cloned();
        ContrastSpec::standard().into_iter().chain(listed).collect()
    }
}

impl Default for Evaluation {
    fn default() -> Self {
        Self {
            metrics: MetricSpec::standard(),
            contrast: ContrastSpec::standard(),
            intuitive: None,
            interpolation: Interpolation::Bicubic,
            bootstrap: 500,
        }
    }
}
