use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{weighted, weighted_sum};
use super::{Cam, Features, Needs, relu};
use camlab_nn::Classifier;
use camlab_raster::Map;

/// CAM: `M_c = sum_k w[c, k] A_k` with the classifier's weights (Zhou et al. 2016, equation 2).
///
/// With an affine head, which computes class maps inside the network, the result is those maps, `M_c + gamma_c`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CamOptions {
    /// Clip negative values to 0. The paper, wsolevaluation and torchcam's code do not.
    pub relu: bool,
    /// Value at each position: `none`, the class's own sum; `softmax`, the probability that the class would have if
    /// the whole image were like this position, which uses the biases of all classes.
    pub confidence: Confidence,
}

/// Reduction of all classes' maps to the map of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The class's own map.
    #[default]
    None,
    /// Softmax over the classes at every position, `exp M_c(p) / sum_d exp M_d(p)`.
    Softmax,
}

impl Cam for CamOptions {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::Classifier
    }

    fn map(&self, features: Features<'_>) -> Map {
        self.finished(features, weighted_sum(features, features.classifier))
    }

    fn map_of(&self, features: Features<'_>, classifier: Classifier<'_>, class: usize) -> Map {
        if self.confidence == Confidence::Softmax {
            return self.finished(features, confidences(features, classifier, class));
        }
        let mut map = weighted_sum(features, features.classifier);
        if let Some(bias) = classifier.biases.get(class).filter(|_| classifier.at_positions) {
            map.iter_mut().for_each(|value| *value += bias);
        }
        self.finished(features, map)
    }

    /// `None` for the softmax, which is no sum over the channels.
    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        (self.confidence == Confidence::None).then(|| weighted(features, features.classifier))
    }
}

impl CamOptions {
    fn finished(&self, features: Features<'_>, mut map: Vec<f32>) -> Map {
        if self.relu {
            relu(&mut map);
        }
        Map::new(features.height, features.width, map)
    }
}

/// Softmax probability of the class at every position.
fn confidences(features: Features<'_>, classifier: Classifier<'_>, class: usize) -> Vec<f32> {
    let Classifier { weights, biases, .. } = classifier;
    let probability = |position: &[f32]| {
        let sums = weights.chunks_exact(features.channels).zip(biases).map(|(weights, bias)| {
            let products = weights.iter().zip(position).map(|(w, f)| f64::from(*w) * f64::from(*f));
            products.sum::<f64>() + f64::from(*bias)
        });
        let sums: Vec<f64> = sums.collect();
        let highest = sums.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        let total: f64 = sums.iter().map(|sum| (sum - highest).exp()).sum();
        ((sums[class] - highest).exp() / total) as f32
    };
    features.activations.chunks_exact(features.channels).map(probability).collect()
}
