use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::channels::MaskChannels;
use super::masks::MaskScaling;
use super::scoring::ScoreKind;
use super::weigh::{finish, weighted_sum};
use super::{Cam, CamError, CamFamily, Features, MemoryBudget, Needs, NetworkQueries};
use camlab_raster::Map;

/// Score-CAM: `M = ReLU(sum_k w_k A_k)`, where `w_k` is the class's score for the image under channel k's mask,
/// `x * H_k`. `H_k = s(U(A_k))` is the channel, upsampled to the image's size and scaled to [0, 1] (Wang et al. 2020,
/// equations 8 to 10).
///
/// Equation 8 subtracts the score of a baseline image, one number for all channels. Published implementations omit
/// it, or apply a softmax over the channels to the difference, where it cancels. Their variants as options:
///
/// | | `score` | `channel-softmax` | `normalise` | `align-corners` |
/// |---|---|---|---|---|
/// | the authors' code (the default) | `probability` | `false` | `after-upsampling` | `false` |
/// | pytorch-grad-cam | `logit` | `true` | `after-upsampling` | `true` |
/// | torchcam | `logit` | `true` | `before-upsampling` | `false` |
///
/// A constant channel has an all-zero mask. With a softmax over the channels it takes part with the score of an
/// all-zero image, as in both libraries (one pass serves all such channels); without, its weight is 0, as in the
/// authors' code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written", rename_all = "kebab-case")]
// The schema is that of `Written`, which has no descriptions.
#[schemars(!from, default, deny_unknown_fields)]
pub struct ScoreCam {
    /// Class score of a masked image.
    pub score: ScoreKind,
    /// Apply a softmax to the scores over the channels. If left out, as published with `score`: only for logits.
    pub channel_softmax: bool,
    /// Point at which masks are scaled to [0, 1].
    pub normalise: MaskScaling,
    /// `true` if upsampling keeps the corner pixels' centres in place.
    pub align_corners: bool,
    /// Masks that are made; fewer than all are an approximation.
    pub channels: MaskChannels,
    /// Memory budget for the passes that run together; changes no result.
    pub memory: MemoryBudget,
}

/// Options as given in the experiment file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    score: ScoreKind,
    channel_softmax: Option<bool>,
    normalise: MaskScaling,
    align_corners: bool,
    channels: MaskChannels,
    memory: MemoryBudget,
}

impl From<Written> for ScoreCam {
    fn from(written: Written) -> Self {
        let Written { score, channel_softmax, normalise, align_corners, channels, memory } = written;
        let channel_softmax = channel_softmax.unwrap_or(score == ScoreKind::Logit);
        Self { score, channel_softmax, normalise, align_corners, channels, memory }
    }
}

impl Default for ScoreCam {
    fn default() -> Self {
        Written::default().into()
    }
}

impl Cam for ScoreCam {
    fn version(&self) -> u32 {
        // 2: with bf16 passes, masks are made from activations in f32.
        2
    }

    fn family(&self) -> Option<CamFamily> {
        Some(CamFamily::ScoreCam)
    }

    fn approximates(&self) -> bool {
        self.channels != MaskChannels::All
    }

    fn needs(&self) -> Needs {
        Needs::MaskedImages
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        self.weigh("score-cam", queries, 1, &|_, _, _| {})
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), true)
    }
}
