use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weigh::{channel_means, finite, weighted_sum};
use super::{Cam, CamError, Features, MemoryBudget, Needs, NetworkQueries, relu};
use camlab_raster::Map;

/// Ablation-CAM: `M = ReLU(sum_k w_k A_k)` with `w_k = (y - y_k) / y`, where `y_k` is the class's score after channel
/// k is set to 0 (Ramaswamy et al. 2020, section 3).
///
/// If the layer feeds global average pooling and a linear classifier, `y - y_k` is exactly `w_ck mean(A_k)`, and
/// no pass is run. Elsewhere the network downstream of the layer is run once for every channel that is not already 0
/// everywhere.
///
/// pytorch-grad-cam divides by `y` too, which flips every sign where `y` is negative; `scale = "magnitude"` keeps the
/// signs. Where a layer has negative activations, pytorch-grad-cam fills an ablated channel with the layer's minimum
/// minus ten million in place of 0, recomputed for every channel of its batch, so its result depends on the batch
/// size; that variant is not offered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AblationCam {
    /// Divisor of the score drops.
    pub scale: AblationScale,
    /// Memory budget for the passes that run together; changes no result.
    pub memory: MemoryBudget,
}

/// Divisor of the score drops; 1 where the score is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AblationScale {
    /// The score `y`, as published.
    #[default]
    Score,
    /// The score's absolute value, so that a negative score flips no sign.
    Magnitude,
}

impl Cam for AblationCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::AblatedChannels
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let (score, drops) = match queries.features.classifier {
            [] => self.measured(queries)?,
            classifier => (f64::from(queries.score), behind_pooling(queries.features, classifier)),
        };
        let scale = match self.scale {
            _ if score == 0.0 => 1.0,
            AblationScale::Score => score,
            AblationScale::Magnitude => score.abs(),
        };
        finite("ablation-cam", drops.into_iter().map(|drop| drop / scale))
    }

    fn map(&self, features: Features<'_>) -> Map {
        let mut map = weighted_sum(features, features.weights);
        relu(&mut map);
        Map::new(features.height, features.width, map)
    }
}

/// `y - y_k` of every channel for a layer whose channel means feed the classifier.
fn behind_pooling(features: Features<'_>, classifier: &[f32]) -> Vec<f64> {
    let means = channel_means(features.activations, features.channels);
    means.iter().zip(classifier).map(|(mean, weight)| f64::from(*mean) * f64::from(*weight)).collect()
}

impl AblationCam {
    /// `y` and every `y - y_k`, from forward passes that start at the layer.
    fn measured(&self, queries: NetworkQueries<'_>) -> Result<(f64, Vec<f64>), CamError> {
        let NetworkQueries { features, target, variants, .. } = queries;
        let variants = variants.ok_or(CamError::MissingQueries { method: "ablation-cam" })?;
        let channels = features.channels;
        let mut used = vec![false; channels];
        for position in features.activations.chunks_exact(channels) {
            used.iter_mut().zip(position).for_each(|(used, value)| *used |= *value != 0.0);
        }
        let used: Vec<usize> = (0..channels).filter(|channel| used[*channel]).collect();
        let mut scores = Vec::with_capacity(1 + used.len());
        // The unchanged activation goes first, so that both scores come from the same arithmetic.
        variants.each(
            1 + used.len(),
            self.memory.together(&variants)?,
            |at, activation| {
                activation.copy_from_slice(variants.input());
                if let Some(channel) = at.checked_sub(1).map(|at| used[at]) {
                    activation.iter_mut().skip(channel).step_by(channels).for_each(|value| *value = 0.0);
                }
            },
            |_, logits| {
                let score = logits.get(target).map(|score| f64::from(*score));
                scores.push(score.ok_or(CamError::Class { class: target, classes: logits.len() }));
            },
        )?;
        let scores = scores.into_iter().collect::<Result<Vec<f64>, _>>()?;
        let Some((score, without)) = scores.split_first() else {
            return Err(CamError::MissingQueries { method: "ablation-cam" });
        };
        let mut drops = vec![0.0; channels];
        used.iter().zip(without).for_each(|(channel, without)| drops[*channel] = score - without);
        Ok((*score, drops))
    }
}
