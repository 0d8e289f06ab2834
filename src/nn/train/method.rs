use super::{AdlOptions, CutMixOptions, HideAndSeekOptions, TrainError};

/// Training method that keeps a network from relying on an object's most discriminative part alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum TrainingMethod {
    /// Nothing is hidden or mixed.
    #[default]
    Plain,
    /// Random patches of every training image are hidden (Singh & Lee 2017).
    HideAndSeek(HideAndSeekOptions),
    /// A rectangle of every training image is replaced by that of another image (Yun et al. 2019).
    CutMix(CutMixOptions),
    /// Attention-based dropout layers (Choe & Shim 2019).
    Adl(AdlOptions),
}

impl TrainingMethod {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        match self {
            Self::Plain => Ok(()),
            Self::HideAndSeek(options) => options.check(),
            Self::CutMix(options) => options.check(),
            Self::Adl(options) => options.check(),
        }
    }

    /// True if the labels of two images are mixed.
    pub fn mixes_labels(&self) -> bool {
        matches!(self, Self::CutMix(_))
    }

    /// Options of the attention-based dropout layers, if the method is `adl`.
    pub fn adl(&self) -> Option<&AdlOptions> {
        match self {
            Self::Adl(options) => Some(options),
            _ => None,
        }
    }
}
