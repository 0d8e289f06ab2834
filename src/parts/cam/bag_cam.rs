use serde::{Deserialize, Serialize};

use super::slopes::only;
use super::{Cam, CamError, Features, Needs, NetworkQueries};
use camlab_raster::Map;

/// BagCAMs: `M = sum_k ReLU(mean(g_k A_k + 1) g_k A_k)`, element-wise: a bag of classifiers, one per position, each
/// of which scores every position (Zhu et al., ECCV 2022; the authors' code).
///
/// The authors take the gradient of `log y`, `y` being the class's score before the softmax, by guided
/// backpropagation. The logarithm asks for a positive score: of any other the map is not a number, and its rows say
/// so. Behind the last ReLU guided backpropagation is the gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BagCam {
    /// What is differentiated.
    pub of: BagScore,
    /// Guided backpropagation in place of gradients, as in the authors' code.
    pub guided: bool,
}

impl Default for BagCam {
    fn default() -> Self {
        Self { of: BagScore::default(), guided: true }
    }
}

/// What BagCAMs differentiate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BagScore {
    /// `log y`, as published.
    #[default]
    LogScore,
    /// `y`, defined for scores of any sign.
    Score,
}

impl Cam for BagCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, question: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let NetworkQueries { features, target, .. } = question;
        let slopes = question.slopes.ok_or(CamError::NoVariants { method: "bag-cam" })?;
        let slopes = if self.guided { slopes.guided() } else { slopes };
        let factors = |logits: &[f32]| {
            let mut factors = only(target, logits)?;
            if self.of == BagScore::LogScore {
                let score = logits[target];
                factors[target] = if score > 0.0 { 1.0 / score } else { f32::NAN };
            }
            Ok(factors)
        };
        let seen = slopes.at_layer(slopes.image().to_vec(), factors)?;
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
            // `max` would make 0 of what is not a number.
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
