//! Several networks made into one, or asked side by side.

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
    /// A way of fusing networks, and its options.
    pub enum FusionSpec as "fusion" {
        "weight-average" => WeightAverage(WeightAverageOptions), "one network: the mean of the members' weights";
        "greedy-soup" => GreedySoup(GreedySoupOptions), "one network: the mean of those members that improve it (Wortsman et al. 2022)";
        "distill" => Distill(DistillOptions), "one network: a student trained on the members' answers (Hinton et al. 2015)";
        "logit-ensemble" => LogitEnsemble(LogitEnsembleOptions), "side by side: mean class scores, mean maps as they are";
        "map-ensemble" => MapEnsemble(MapEnsembleOptions), "side by side: mean probabilities, maps joined after each is scaled to [0, 1]";
    }
}

impl FusionSpec {
    /// The method as one that leaves its members side by side; `None` for one that makes one network of them.
    pub fn ensemble(&self) -> Option<&dyn Ensemble> {
        match self {
            Self::WeightAverage(_) | Self::GreedySoup(_) | Self::Distill(_) => None,
            Self::LogitEnsemble(options) => Some(options),
            Self::MapEnsemble(options) => Some(options),
        }
    }

    /// How members are aligned, where they are averaged.
    pub fn align(&self) -> Option<&AlignSpec> {
        match self {
            Self::WeightAverage(options) => Some(&options.align),
            Self::GreedySoup(options) => Some(&options.align),
            Self::Distill(_) | Self::LogitEnsemble(_) | Self::MapEnsemble(_) => None,
        }
    }

    /// How running statistics are estimated anew, where they are.
    pub fn recalibration(&self) -> Option<&RecalibrateOptions> {
        match self {
            Self::WeightAverage(options) => options.recalibrate_bn.as_ref(),
            Self::GreedySoup(options) => options.recalibrate_bn.as_ref(),
            Self::Distill(_) | Self::LogitEnsemble(_) | Self::MapEnsemble(_) => None,
        }
    }

    /// Where a student's weights come from, if one is trained.
    pub fn student(&self) -> Option<&InitSpec> {
        match self {
            Self::Distill(options) => Some(&options.student),
            _ => None,
        }
    }

    /// Fewest members that make sense.
    pub fn fewest(&self) -> usize {
        match self {
            Self::Distill(_) => 1,
            _ => 2,
        }
    }

    /// Whether it cannot do without training images.
    pub fn needs_training_images(&self) -> bool {
        let looks = match self {
            Self::WeightAverage(options) => options.path > 0,
            Self::GreedySoup(_) | Self::Distill(_) => true,
            Self::LogitEnsemble(_) | Self::MapEnsemble(_) => false,
        };
        looks || self.recalibration().is_some() || self.align().is_some_and(AlignSpec::looks)
    }

    /// Bumped when the method's numbers change.
    pub fn version(&self) -> u32 {
        1
    }

    /// Checks what the types leave open, for so many members.
    ///
    /// # Errors
    /// [`FusionError`] naming the option.
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
