use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cam, CamError, CamSpec, Combine, Features, GradCamPlusPlus, Method, Needs, NetworkQueries};
use camlab_nn::Classifier;
use camlab_raster::Map;

/// RefineCAM: the product over layers of another method's maps, each upsampled and scaled to [0, 1] ("How to Evaluate
/// and Refine your CAM", arXiv 2605.14641; pytorch-grad-cam's and torchcam's `RefineCAM`). It always fuses the layers
/// of its group; `combine = "product"` does the same for every method of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RefineCam {
    /// Method whose maps are multiplied: a CAM method that makes one map per layer.
    pub base: Box<CamSpec>,
}

impl Default for RefineCam {
    fn default() -> Self {
        Self { base: Box::new(CamSpec::GradCamPlusPlus(GradCamPlusPlus::default())) }
    }
}

impl RefineCam {
    fn base(&self) -> Result<&dyn Cam, CamError> {
        self.base.cam().ok_or(CamError::MissingQueries { method: "refine-cam" })
    }
}

impl Cam for RefineCam {
    fn version(&self) -> u32 {
        1000 + self.base().map_or(0, |base| base.version())
    }

    fn needs(&self) -> Needs {
        self.base().map_or(Needs::Activations, |base| base.needs())
    }

    fn joins(&self) -> Option<Combine> {
        Some(Combine::Product)
    }

    fn check(&self) -> Result<(), super::Refusal> {
        match self.base.method() {
            Method::Cam(base) if base.joins().is_none() => base.check(),
            _ => Err(super::Refusal::new(
                "base",
                format!(
                    "`{}` cannot be the base of `refine-cam`, which needs a CAM method of one layer",
                    self.base.name()
                ),
                "write a method such as base = \"layer-cam\"",
            )),
        }
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        self.base()?.weights(queries)
    }

    fn map(&self, features: Features<'_>) -> Map {
        match self.base() {
            Ok(base) => base.map(features),
            Err(_) => {
                Map::new(features.height, features.width, vec![f32::NAN; features.height * features.width])
            }
        }
    }

    fn map_of(&self, features: Features<'_>, classifier: Classifier<'_>, class: usize) -> Map {
        match self.base() {
            Ok(base) => base.map_of(features, classifier, class),
            Err(_) => self.map(features),
        }
    }

    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        self.base().ok()?.parts(features)
    }
}
