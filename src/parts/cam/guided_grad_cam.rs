use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gradient_queries::only;
use super::input_gradient::pixels;
use super::weigh::{channel_means, weighted_sum};
use super::{Cam, CamError, CamFamily, Features, Needs, NetworkQueries, relu};
use camlab_raster::{Enlarge, Interpolation, Map, resize};

/// Guided Grad-CAM: Grad-CAM at the layer, upsampled to the image's size, times guided backpropagation at the pixels
/// (Selvaraju et al. 2017, section 3.2; Springenberg et al. 2014). Estimates each pixel's contribution to the score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuidedGradCam {
    /// Reduction of a pixel's colours to one number.
    pub colours: Colours,
    /// Interpolation of the layer's map to the image's size.
    pub enlarge: Enlarging,
}

/// Reduction of the guided gradients at a pixel's colours to one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Colours {
    /// The sum of their absolute values.
    #[default]
    Magnitude,
    /// Their signed sum.
    Sum,
    /// The largest absolute value (Simonyan et al. 2014, section 3.1).
    Largest,
}

/// Interpolation of the layer's map to the image's size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Enlarging {
    /// Bilinear (the paper, pytorch-grad-cam).
    #[default]
    Bilinear,
    /// Nearest neighbour (Captum's default).
    Nearest,
}

impl Cam for GuidedGradCam {
    fn version(&self) -> u32 {
        1
    }

    fn family(&self) -> Option<CamFamily> {
        Some(CamFamily::GradCam)
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let NetworkQueries { features, target, .. } = queries;
        let gradients = queries.gradients.ok_or(CamError::MissingQueries { method: "guided-grad-cam" })?;
        let image = || gradients.image().to_vec();
        let seen = gradients.at_layer(image(), |logits| only(target, logits))?;
        let mut map = weighted_sum(features, &channel_means(&seen.gradients[0].data, features.channels));
        relu(&mut map);
        let [height, width] = gradients.size();
        let large = match self.enlarge {
            Enlarging::Bilinear => {
                Enlarge::new([features.height, features.width], [height, width], false).apply(&map)
            }
            Enlarging::Nearest => {
                let map = Map::new(features.height, features.width, map);
                resize(&map, height, width, Interpolation::Nearest).data
            }
        };
        let seen = gradients.guided().at_pixels(image(), target)?;
        let guided = &seen.gradients[0].data;
        let pixels = guided.chunks_exact(guided.len() / (height * width));
        Ok(pixels.zip(large).map(|(pixel, factor)| factor * self.colours.of(pixel)).collect())
    }

    fn map(&self, features: Features<'_>) -> Map {
        pixels(features)
    }

    fn parts(&self, _features: Features<'_>) -> Option<Vec<f32>> {
        None
    }
}

impl Colours {
    fn of(self, pixel: &[f32]) -> f32 {
        match self {
            Self::Magnitude => pixel.iter().map(|value| value.abs()).sum(),
            Self::Sum => pixel.iter().sum(),
            Self::Largest => pixel.iter().fold(0.0, |most, value| most.max(value.abs())),
        }
    }
}
