use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Contrast;
use camlab_raster::{Map, Rgb};

/// Identity contrast.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unchanged {}

impl Contrast for Unchanged {
    fn version(&self) -> u32 {
        1
    }

    fn is_identity(&self) -> bool {
        true
    }

    fn needs_photo(&self) -> bool {
        false
    }

    fn changes_reference(&self) -> bool {
        false
    }

    fn apply(&self, map: &Map, _photo: Option<&Rgb>) -> Map {
        map.clone()
    }
}
