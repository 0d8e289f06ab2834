//! Scores of the image under masks, shared by Score-CAM and its variants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::channels::MaskChannels;
use super::masks::Masks;
use super::weigh::{finite, probabilities_of, softmax};
use super::{CamError, Features, NetworkQueries, ScoreCam};
use camlab_nn::ClassProbabilities;

/// Definition of the class score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreKind {
    /// The class's probability: the softmax, or the sigmoid for networks of images with several labels.
    #[default]
    Probability,
    /// The class's logit.
    Logit,
}

impl ScoreKind {
    pub(super) fn of(
        self,
        logits: &[f32],
        class: usize,
        probabilities: ClassProbabilities,
    ) -> Result<f64, CamError> {
        let mut all: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
        if self == Self::Probability {
            probabilities_of(&mut all, probabilities);
        }
        all.get(class).copied().ok_or(CamError::Class { class, classes: all.len() })
    }
}

/// Callback that changes one sample of one channel's mask. Arguments: the channel (the first of a group), the sample,
/// the mask.
pub(super) type Alter<'a> = dyn Fn(usize, usize, &mut [f32]) + Sync + 'a;

impl ScoreCam {
    /// One weight per channel: the mean score over `samples` copies of its mask, each changed by `alter`.
    pub(super) fn weigh(
        &self,
        method: &'static str,
        queries: NetworkQueries<'_>,
        samples: usize,
        alter: &Alter<'_>,
    ) -> Result<Vec<f32>, CamError> {
        let NetworkQueries { features, target, variants, .. } = queries;
        let variants = variants.ok_or(CamError::MissingQueries { method })?;
        let chosen = self.channels.choose(features);
        let count = chosen.members.len();
        let grouped = Features { activations: &chosen.activations, channels: count, ..features };
        let masks = Masks::new(grouped, variants.size(), self.normalise, self.align_corners);
        let (constant, varied): (Vec<usize>, Vec<usize>) =
            (0..count).partition(|mask| masks.is_constant(*mask));
        // One all-zero image after the masked ones, only if its score is needed.
        let empty = self.channel_softmax && !constant.is_empty();
        let mut scores = Vec::with_capacity(varied.len() * samples + 1);
        variants.each(
            varied.len() * samples + usize::from(empty),
            self.memory.together(&variants)?,
            |at, pixels| match varied.get(at / samples) {
                Some(mask) => masks.write(*mask, variants.input(), pixels, |values| {
                    alter(chosen.members[*mask][0], at % samples, values);
                }),
                None => pixels.fill(0.0),
            },
            |_, logits| scores.push(self.score.of(logits, target, variants.probabilities())),
        )?;
        let mut scores = scores.into_iter().collect::<Result<Vec<f64>, _>>()?;
        let nothing = if empty { scores.pop().unwrap_or_default() } else { 0.0 };
        let mut weights = vec![nothing; count];
        for (mask, scores) in varied.iter().zip(scores.chunks_exact(samples)) {
            weights[*mask] = scores.iter().sum::<f64>() / samples as f64;
        }
        if self.channel_softmax {
            softmax(&mut weights);
        }
        let weights = finite(method, weights.into_iter())?;
        Ok(match self.channels {
            MaskChannels::All => weights,
            _ => chosen.spread(&weights),
        })
    }
}
