//! Fusion of several networks: into one network (averaging, distillation), or as an ensemble.

mod align;
mod distill;
mod ensemble;
mod error;
mod greedy_soup;
mod logit_ensemble;
mod map_ensemble;
mod method;
mod recalibrate_bn;
mod weight_average;
mod weights;

use crate::init::InitSpec;
use camlab_base::registry;

pub use align::{
    ActivationMatchingOptions, AlignSpec, Alignment, Many, NoAlignment, Photographs, WeightMatchingOptions,
    likeness,
};
pub use distill::DistillOptions;
pub use ensemble::{Ensemble, EnsembleCanvas};
pub use error::FusionError;
pub use greedy_soup::GreedySoupOptions;
pub use logit_ensemble::LogitEnsembleOptions;
pub use map_ensemble::{EnsembleJoin, MapEnsembleOptions};
pub use method::{FusionMethod, Recipe};
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
    /// The implementation of this method.
    fn implementation -> FusionMethod;
}

impl FusionSpec {
    /// The method as an [`Ensemble`]; `None` for methods that produce one network.
    pub fn ensemble(&self) -> Option<&dyn Ensemble> {
        match self.implementation().recipe() {
            Recipe::Ensemble(ensemble) => Some(ensemble),
            _ => None,
        }
    }

    /// The options of a distillation; `None` for other methods.
    pub fn distillation(&self) -> Option<&DistillOptions> {
        match self.implementation().recipe() {
            Recipe::Distillation(options) => Some(options),
            _ => None,
        }
    }

    /// Initialisation of the student; `None` if the method trains none.
    pub fn student(&self) -> Option<&InitSpec> {
        self.distillation().map(|options| &options.student)
    }

    /// The method without the training of a student and the place of its checkpoint.
    #[must_use]
    pub fn without_student(&self) -> Self {
        match self.distillation() {
            Some(options) => Self::Distill(DistillOptions {
                stage: Vec::new(),
                student: options.student.without_place(),
                ..options.clone()
            }),
            None => self.clone(),
        }
    }

    /// `true` if the method needs training images.
    pub fn needs_training_images(&self) -> bool {
        let method = self.implementation();
        method.needs_images()
            || method.recalibration().is_some()
            || method.align().is_some_and(AlignSpec::needs_images)
    }

    /// Version of the method; increased whenever its results change.
    pub fn version(&self) -> u32 {
        1
    }
}
