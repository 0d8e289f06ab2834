use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Baseline, BaselineInput};
use camlab_raster::{Map, fine_grained_saliency};

/// Saliency baseline: differences between pixels and their surrounds at six sizes (Montabone and Soto 2010), as in
/// OpenCV's `StaticSaliencyFineGrained`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FineGrainedSaliency {}

impl Baseline for FineGrainedSaliency {
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
        canvas.map_of_photo(fine_grained_saliency)
    }
}
