use serde::{Deserialize, Serialize};

use super::masks::{Masks, Normalise};
use super::weigh::{finite, softmax, weighted_sum};
use super::{Cam, CamError, Features, Memory, Needs, Question, relu};
use crate::raster::Map;

/// Score-CAM: `M = ReLU(sum_k w_k A_k)`, `w_k` being what the network gives the class when it sees the image under
/// channel k's mask, `x * H_k`, `H_k = s(U(A_k))`: enlarged to the image and scaled to [0, 1] (Wang et al. 2020,
/// equations 8 to 10).
///
/// Equation 8 subtracts the score of a baseline image, one number for all channels. The published codes leave it out,
/// or put the difference through a softmax over the channels, where it cancels. The readings:
///
/// | | `score` | `channel-softmax` | `normalise` | `align-corners` |
/// |---|---|---|---|---|
/// | the authors' code (the default) | `probability` | `false` | `after-upsampling` | `false` |
/// | pytorch-grad-cam | `logit` | `true` | `after-upsampling` | `true` |
/// | torchcam | `logit` | `true` | `before-upsampling` | `false` |
///
/// A channel that is the same everywhere has an empty mask. With a softmax over the channels it takes part with the
/// score of an empty image, as in both libraries (one pass answers for all such channels); without, its weight is 0,
/// as in the authors' code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", rename_all = "kebab-case")]
pub struct ScoreCam {
    /// What the network says of the class.
    pub score: Score,
    /// Softmax of the scores over the channels. Left out, what is published with `score`: only for logits.
    pub channel_softmax: bool,
    /// When masks are scaled to [0, 1].
    pub normalise: Normalise,
    /// Whether masks are enlarged with the corner pixels' centres kept in place.
    pub align_corners: bool,
    /// For the passes under way together; changes no result.
    pub memory: Memory,
}

/// What counts as a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// The class's softmax probability.
    #[default]
    Probability,
    /// The class's score before the softmax.
    Logit,
}

/// The options as a file gives them.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    score: Score,
    channel_softmax: Option<bool>,
    normalise: Normalise,
    align_corners: bool,
    memory: Memory,
}

impl From<Written> for ScoreCam {
    fn from(written: Written) -> Self {
        let Written { score, channel_softmax, normalise, align_corners, memory } = written;
        let channel_softmax = channel_softmax.unwrap_or(score == Score::Logit);
        Self { score, channel_softmax, normalise, align_corners, memory }
    }
}

impl Default for ScoreCam {
    fn default() -> Self {
        Written::default().into()
    }
}

impl Cam for ScoreCam {
    fn version(&self) -> u32 {
        // 2: with bf16, the masks' channels in f32.
        2
    }

    fn needs(&self) -> Needs {
        Needs::MaskedImages
    }

    fn weights(&self, question: Question<'_>) -> Result<Vec<f32>, CamError> {
        let Question { features, target, variants, .. } = question;
        let variants = variants.ok_or(CamError::NoVariants { method: "score-cam" })?;
        let masks = Masks::new(features, variants.size(), self.normalise, self.align_corners);
        let (constant, varied): (Vec<usize>, Vec<usize>) =
            (0..features.channels).partition(|channel| masks.is_constant(*channel));
        // One empty image behind the masked ones, if anybody asks for its score.
        let empty = self.channel_softmax && !constant.is_empty();
        let mut scores = Vec::with_capacity(varied.len() + 1);
        variants.each(
            varied.len() + usize::from(empty),
            self.memory.together(&variants)?,
            |at, pixels| match varied.get(at) {
                Some(channel) => masks.write(*channel, variants.input(), pixels),
                None => pixels.fill(0.0),
            },
            |_, logits| scores.push(self.score.of(logits, target)),
        )?;
        let mut scores = scores.into_iter().collect::<Result<Vec<f64>, _>>()?;
        let nothing = if empty { scores.pop().unwrap_or_default() } else { 0.0 };
        let mut weights = vec![nothing; features.channels];
        varied.iter().zip(scores).for_each(|(channel, score)| weights[*channel] = score);
        if self.channel_softmax {
            softmax(&mut weights);
        }
        finite("score-cam", weights.into_iter())
    }

    fn map(&self, features: Features<'_>) -> Map {
        let mut map = weighted_sum(features, features.weights);
        relu(&mut map);
        Map::new(features.height, features.width, map)
    }
}

impl Score {
    fn of(self, logits: &[f32], class: usize) -> Result<f64, CamError> {
        let mut all: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
        if self == Self::Probability {
            softmax(&mut all);
        }
        all.get(class).copied().ok_or(CamError::Class { class, classes: all.len() })
    }
}
