use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Baseline, BaselineInput};
use camlab_base::random::stream;
use camlab_raster::Map;

/// Chance baseline: every pixel drawn uniformly from [0, 1), one random stream per image.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RandomMap {}

impl Baseline for RandomMap {
    fn version(&self) -> u32 {
        1
    }

    fn is_seeded(&self) -> bool {
        true
    }

    fn map(&self, canvas: BaselineInput<'_>) -> Map {
        let mut rng = stream(canvas.seed, &format!("baseline/random/{}", canvas.image));
        let data = (0..canvas.height * canvas.width).map(|_| rng.random::<f32>()).collect();
        Map::new(canvas.height, canvas.width, data)
    }
}
