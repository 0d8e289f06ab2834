use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ThresholdChoice;
use crate::cam::{CamSpec, FineGrainedSaliency, Refusal};
use crate::metric::ThresholdSource;

/// Thresholds that are best for pseudo-boxes: one box per image, around the largest component of a saliency map that
/// needs no network, thresholded by Otsu's method (1979). No box that a person drew is read.
///
/// Murtaza et al. (arXiv 2404.10034) take the boxes of region proposals (selective search, or pretrained networks);
/// these need neither.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PseudoBoxes {
    /// The saliency: a baseline, by name or with options.
    pub saliency: CamSpec,
}

impl Default for PseudoBoxes {
    fn default() -> Self {
        Self { saliency: CamSpec::FineGrainedSaliency(FineGrainedSaliency::default()) }
    }
}

impl ThresholdChoice for PseudoBoxes {
    fn source(&self) -> ThresholdSource {
        ThresholdSource::PseudoBoxes
    }

    fn saliency(&self) -> Option<&CamSpec> {
        Some(&self.saliency)
    }

    fn check(&self) -> Result<(), Refusal> {
        match self.saliency.baseline() {
            Some(baseline) => baseline.check(),
            None => Err(Refusal::new(
                "saliency",
                format!("`{}` is a CAM method, which needs a network", self.saliency.name()),
                "use a baseline; `camlab list methods` marks them",
            )),
        }
    }
}
