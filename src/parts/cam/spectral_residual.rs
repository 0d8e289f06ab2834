use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Baseline, BaselineInput};
use camlab_raster::{Map, spectral_residual};

/// Saliency baseline: the spectral residual of the image (Hou and Zhang 2007), as in OpenCV's
/// `StaticSaliencySpectralResidual`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SpectralResidual {}

impl Baseline for SpectralResidual {
    fn version(&self) -> u32 {
        1
    }

    fn is_seeded(&self) -> bool {
        false
    }

    fn needs_photo(&self) -> bool {
        true
    }

    fn map(&self, canvas: BaselineInput<'_>) -> Map {
        canvas.map_of_photo(spectral_residual)
    }
}
