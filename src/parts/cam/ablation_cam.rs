use serde::{Deserialize, Serialize};

use super::weigh::{channel_means, finite, weighted_sum};
use super::{Cam, CamError, Features, MemoryBudget, Needs, NetworkQueries, relu};
use camlab_raster::Map;

/// Ablation-CAM: `M = ReLU(sum_k w_k A_k)`, `w_k = (y - y_k) / y`, `y_k` being the class's score once channel k is set
/// to 0 (Ramaswamy et al. 2020, section 3).
///
/// Where the layer feeds global average pooling and a linear classifier, `y - y_k` is `w_ck mean(A_k)` exactly, and no
/// pass is run. Elsewhere the network behind the layer runs once for every channel that is not 0 already.
///
/// pytorch-grad-cam divides by `y` too, so that every sign flips where `y` is negative; `scale = "magnitude"` keeps
/// them. Where a layer has negative activations, it fills in the layer's minimum less ten million in place of 0, and
/// that anew for every channel of its batch, so that its result depends on the batch: not offered here.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AblationCam {
    /// What drops are measured by.
    pub scale: AblationScale,
    /// For the passes under way together; changes no result.
    pub memory: MemoryBudget,
}

/// What a drop of the score is divided by. (Where the score is 0, drops stay as they are.)
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AblationScale {
    /// The score `y`, as published.
    #[default]
    Score,
    /// Its magnitude, so that a negative score turns no sign.
    Magnitude,
}

impl Cam for AblationCam {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::AblatedChannels
    }

    fn weights(&self, question: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let (score, drops) = match question.features.classifier {
            [] => self.measured(question)?,
            classifier => (f64::from(question.score), behind_pooling(question.features, classifier)),
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

/// `y - y_k` where the classifier reads the channels' means.
fn behind_pooling(features: Features<'_>, classifier: &[f32]) -> Vec<f64> {
    let means = channel_means(features.activations, features.channels);
    means.iter().zip(classifier).map(|(mean, weight)| f64::from(*mean) * f64::from(*weight)).collect()
}

impl AblationCam {
    /// `y` and every `y - y_k`, by passes through what lies behind the layer.
    fn measured(&self, question: NetworkQueries<'_>) -> Result<(f64, Vec<f64>), CamError> {
        let NetworkQueries { features, target, variants, .. } = question;
        let variants = variants.ok_or(CamError::NoVariants { method: "ablation-cam" })?;
        let channels = features.channels;
        let mut used = vec![false; channels];
        for position in features.activations.chunks_exact(channels) {
            used.iter_mut().zip(position).for_each(|(used, value)| *used |= *value != 0.0);
        }
        let used: Vec<usize> = (0..channels).filter(|channel| used[*channel]).collect();
        let mut scores = Vec::with_capacity(1 + used.len());
        // First the activation as it is, so that both scores come of the same arithmetic.
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
            return Err(CamError::NoVariants { method: "ablation-cam" });
        };
        let mut drops = vec![0.0; channels];
        used.iter().zip(without).for_each(|(channel, without)| drops[*channel] = score - without);
        Ok((*score, drops))
    }
}
