use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cam, CamError, Features, Needs, NetworkQueries};
use camlab_raster::Map;

/// Input times gradient: `x * dy/dx` summed over the colours, at the image's size (Shrikumar et al. 2016).
/// Independent of the chosen layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputGradient {
    /// Take the absolute value of the sum over the colours.
    pub absolute: bool,
}

impl Default for InputGradient {
    fn default() -> Self {
        Self { absolute: true }
    }
}

/// Integrated gradients: `x * mean of dy/dx` along the straight line from 0 (the data's mean colour) to the image,
/// summed over the colours, at the image's size (Sundararajan et al. 2017, equation 1). The line is cut into `steps`
/// segments, each evaluated at its midpoint. Without `absolute`, a map sums to `y(x) - y(0)`, up to the integration
/// error. Independent of the chosen layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IntegratedGradients {
    /// Number of segments of the line.
    pub steps: NonZeroUsize,
    /// Take the absolute value of the sum over the colours.
    pub absolute: bool,
}

impl Default for IntegratedGradients {
    fn default() -> Self {
        Self { steps: NonZeroUsize::MIN.saturating_add(49), absolute: true }
    }
}

impl Cam for InputGradient {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        along("input-x-gradient", queries, &[1.0], self.absolute)
    }

    fn map(&self, features: Features<'_>) -> Map {
        pixels(features)
    }

    fn parts(&self, _features: Features<'_>) -> Option<Vec<f32>> {
        None
    }
}

impl Cam for IntegratedGradients {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let steps = self.steps.get();
        let middles: Vec<f32> = (0..steps).map(|step| (step as f32 + 0.5) / steps as f32).collect();
        along("integrated-gradients", queries, &middles, self.absolute)
    }

    fn map(&self, features: Features<'_>) -> Map {
        pixels(features)
    }

    fn parts(&self, _features: Features<'_>) -> Option<Vec<f32>> {
        None
    }
}

/// Map at the image's size from one weight per pixel.
pub(super) fn pixels(features: Features<'_>) -> Map {
    let [height, width] = features.image;
    Map::new(height, width, features.weights.to_vec())
}

/// `sum over colours of x * mean over places of dy/dx (place * x)`, one number per pixel.
fn along(
    method: &'static str,
    queries: NetworkQueries<'_>,
    places: &[f32],
    absolute: bool,
) -> Result<Vec<f32>, CamError> {
    let gradients = queries.gradients.ok_or(CamError::MissingQueries { method })?;
    let image = gradients.image();
    let mut sums = vec![0.0f64; image.len()];
    for place in places {
        let seen = gradients.at_pixels(image.iter().map(|value| place * value).collect(), queries.target)?;
        let gradients = seen.gradients[0].data.iter();
        sums.iter_mut().zip(gradients).for_each(|(sum, g)| *sum += f64::from(*g) / places.len() as f64);
    }
    let [height, width] = gradients.size();
    let colours = image.len() / (height * width);
    let products = sums.iter().zip(image).map(|(g, x)| g * f64::from(*x)).collect::<Vec<_>>();
    let sums = products.chunks_exact(colours).map(|pixel| pixel.iter().sum::<f64>());
    Ok(sums.map(|sum| if absolute { sum.abs() } else { sum } as f32).collect())
}
