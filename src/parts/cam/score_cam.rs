use serde::{Deserialize, Serialize};

use super::channels::MaskChannels;
use super::masks::MaskScaling;
use super::scoring::ScoreKind;
use super::weigh::{finish, weighted_sum};
use super::{Cam, CamError, Features, MemoryBudget, Needs, NetworkQueries};
use camlab_raster::Map;

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
    pub score: ScoreKind,
    /// Softmax of the scores over the channels. Left out, what is published with `score`: only for logits.
    pub channel_softmax: bool,
    /// When masks are scaled to [0, 1].
    pub normalise: MaskScaling,
    /// Whether masks are enlarged with the corner pixels' centres kept in place.
    pub align_corners: bool,
    /// Which masks are made; fewer than all are an approximation.
    pub channels: MaskChannels,
    /// For the passes under way together; changes no result.
    pub memory: MemoryBudget,
}

/// The options as a file gives them.
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
        // 2: with bf16, the masks' channels in f32.
        2
    }

    fn needs(&self) -> Needs {
        Needs::MaskedImages
    }

    fn weights(&self, question: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        self.weigh("score-cam", question, 1, &|_, _, _| {})
    }

    fn map(&self, features: Features<'_>) -> Map {
        finish(features, weighted_sum(features, features.weights), true)
    }
}
