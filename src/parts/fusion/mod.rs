//! Fusion of several networks: into one network (averaging, distillation), or as an ensemble.

mod align;
mod distill;
mod ensemble;
mod error;
mod greedy_soup;
mod logit_ensemble;
mod map_ensemble;
mod recalibrate_bn;
mod weight_average;
mod weights;

use crate::init::InitSpec;
use camlab_base::registry;

pub use align::{
    ActivationMatchingOptions, AlignSpec, Many, NoAlignment, Photographs, WeightMatchingOptions, likeness,
};
pub use distill::DistillOptions;
pub use ensemble::{Ensemble, EnsembleCanvas};
pub use error::FusionError;
pub use greedy_soup::GreedySoupOptions;
pub use logit_ensemble::LogitEnsembleOptions;
pub use map_ensemble::{EnsembleJoin, MapEnsembleOptions};
pub use recalibrate_bn::RecalibrateOptions;
pub use weight_average::{WeightAverageOptions, average};

registry! {
    /// A fusion method and its options.
    pub enum FusionSpec as "fusion" {
        "weight-average" => WeightAverage(WeightAverageOptions), "one network: the weighted mean of the members' parameters";
        "greedy-soup" => GreedySoup(GreedySoupOptions), "one network: the mean of the members that do not lower its held-out score (Wortsman et al. 2022)";
        "distill" => Distill(DistillOptions), "one network: a student trained on the members' mean class scores (Hinton et al. 2015)";
        "logit-ensemble" => LogitEnsemble(LogitEnsembleOptions), "ensemble: mean of the class scores, mean of the unscaled maps";
        "map-ensemble" => MapEnsemble(MapEnsembleOptions), "ensemble: mean of the probabilities; maps are scaled to [0, 1], then combined by mean or max";
    }
}

impl FusionSpec {
    /// The method as an [`Ensemble`]; `None` for methods that produce one network.
    pub fn ensemble(&self) -> Option<&dyn Ensemble> {
        match self {
            Self::WeightAverage(_) | Self::GreedySoup(_) | Self::Distill(_) => None,
            Self::LogitEnsemble(options) => Some(options),
            Self::MapEnsemble(options) => Some(options),
        }
    }

    /// Alignment of the members; `None` for methods that do not average weights.
    pub fn align(&self) -> Option<&AlignSpec> {
        match self {
            Self::WeightAverage(options) => Some(&options.align),
            Self::GreedySoup(options) => Some(&options.align),
            Self::Distill(_) | Self::LogitEnsemble(_) | Self::MapEnsemble(_) => None,
        }
    }

    /// Options of batch norm recalibration, if requested.
    pub fn recalibration(&self) -> Option<&RecalibrateOptions> {
        match self {
            Self::WeightAverage(options) => options.recalibrate_bn.as_ref(),
            Self::GreedySoup(options) => options.recalibrate_bn.as_ref(),
            Self::Distill(_) | Self::LogitEnsemble(_) | Self::MapEnsemble(_) => None,
        }
    }

    /// Initialisation of the student; `None` if the method trains none.
    pub fn student(&self) -> Option<&InitSpec> {
        match self {
            Self::Distill(options) => Some(&options.student),
            _ => None,
        }
    }

    /// Minimum number of members.
    pub fn fewest(&self) -> usize {
        match self {
            Self::Distill(_) => 1,
            _ => 2,
        }
    }

    /// `true` if the method needs training images.
    pub fn needs_training_images(&self) -> bool {
        let looks = match self {
            Self::WeightAverage(options) => options.path > 0,
            Self::GreedySoup(_) | Self::Distill(_) => true,
            Self::LogitEnsemble(_) | Self::MapEnsemble(_) => false,
        };
        looks || self.recalibration().is_some() || self.align().is_some_and(AlignSpec::looks)
    }

    /// Version of the method; increased whenever its results change.
    pub fn version(&self) -> u32 {
        1
    }

    /// Checks the options for the given number of members.
    ///
    /// # Errors
    /// [`FusionError`] naming the invalid option or weight.
    pub fn check(&self, members: usize) -> Result<(), FusionError> {
        match self {
            Self::WeightAverage(options) => options.check(members),
            Self::GreedySoup(options) => options.check(),
            Self::Distill(options) => options.check(members),
            Self::LogitEnsemble(options) => weights::check(&options.weights, members),
            Self::MapEnsemble(options) => weights::check(&options.weights, members),
        }
    }
}
