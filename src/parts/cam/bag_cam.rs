use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gradient_queries::only;
use super::{Cam, CamError, Features, Needs, NetworkQueries};
use camlab_raster::Map;

/// BagCAMs: `M = sum_k ReLU(mean(g_k A_k + 1) g_k A_k)`, element-wise: a set of classifiers, one per position, each
/// of which scores every position (Zhu et al., ECCV 2022; the authors' code).
///
/// The authors take the gradient of `log y`, with `y` the class's logit, by guided backpropagation. The logarithm
/// needs a positive logit: for any other the map is NaN, and its result rows are flagged. Downstream of the last
/// ReLU, guided backpropagation equals the gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BagCam {
    /// Function of the class's logit that is differentiated.
    pub of: BagScore,
    /// Use guided backpropagation in place of gradients, as the authors' code does.
    pub guided: bool,
}

impl Default for BagCam {
    fn default() -> Self {
        Self { of: BagScore::default(), guided: true }
    }
}

/// Function of the class's logit that BagCAMs differentiate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BagScore {
    /// `log y`, as published.
    #[default]
    LogScore,
    /// The logit `y` itself, defined for either sign.
    Score,
}

impl Cam for BagCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let NetworkQueries { features, target, .. } = queries;
        let gradients = queries.gradients.ok_or(CamError::MissingQueries { method: "bag-cam" })?;
        let gradients = if self.guided { gradients.guided() } else { gradients };
        let factors = |logits: &[f32]| {
            let mut factors = only(target, logits)?;
            if self.of == BagScore::LogScore {
                let score = logits[target];
                factors[target] = if score > 0.0 { 1.0 / score } else { f32::NAN };
            }
            Ok(factors)
        };
        let seen = gradients.at_layer(gradients.image().to_vec(), factors)?;
        let channels = features.channels;
        let products: Vec<f64> = features
            .activations
            .iter()
            .zip(&*seen.gradients[0].data)
            .map(|(a, g)| f64::from(*a) * f64::from(*g))
            .collect();
        let mut means = vec![1.0f64; channels];
        let positions = (features.height * features.width) as f64;
        for position in products.chunks_exact(channels) {
            means.iter_mut().zip(position).for_each(|(mean, product)| *mean += product / positions);
        }
        let sum = |position: &[f64]| -> f64 {
            let terms = position.iter().zip(&means).map(|(product, mean)| mean * product);
            // `f32::max` and `f64::max` would turn NaN into 0.
            terms.map(|term| if term < 0.0 { 0.0 } else { term }).sum()
        };
        Ok(products.chunks_exact(channels).map(|position| sum(position) as f32).collect())
    }

    fn map(&self, features: Features<'_>) -> Map {
        Map::new(features.height, features.width, features.weights.to_vec())
    }

    fn parts(&self, _features: Features<'_>) -> Option<Vec<f32>> {
        None
    }
}
