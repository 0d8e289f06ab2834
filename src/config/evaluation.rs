use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Intuitive;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::MetricSpec;
use camlab_parts::threshold::ThresholdChoiceSpec;
use camlab_raster::Interpolation;

/// `[evaluation]`: metrics and post-processing of maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Evaluation {
    /// Metrics, by name or with options.
    pub metrics: Vec<MetricSpec>,
    /// Transformations of maps before evaluation; every metric is computed for each and for unchanged maps.
    pub contrast: Vec<ContrastSpec>,
    /// Reference map that every other map of the network is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intuitive: Option<Intuitive>,
    /// Images that choose the map thresholds of box metrics, beside the evaluated images themselves (the oracle's
    /// thresholds). Default: `["val"]` if there is `data.val`, else none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Vec<ThresholdChoiceSpec>>,
    /// Upsampling from the layer's grid to the input's size; wsolevaluation: bicubic, pytorch-grad-cam: bilinear.
    pub interpolation: Interpolation,
    /// Number of bootstrap resamples for the 95 % intervals; 0: no intervals.
    pub bootstrap: usize,
    /// `true`: every metric on the images of each class as well, in `classes.parquet` and a section of the report.
    pub per_class: bool,
}

impl Evaluation {
    /// The contrasts that are evaluated: unchanged maps, then those that are listed.
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
            thresholds: None,
            interpolation: Interpolation::Bicubic,
            bootstrap: 500,
            per_class: false,
        }
    }
}
