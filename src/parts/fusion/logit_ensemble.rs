use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ensemble::{Ensemble, EnsembleCanvas};
use super::weights::{self, mean, shares};
use super::{FusionError, FusionMethod, Recipe};
use camlab_nn::ClassProbabilities;
use camlab_raster::Map;

/// Options of `logit-ensemble`.
///
/// CAM and Grad-CAM before its ReLU are linear in the class score: the mean of the members' maps is the map of the
/// mean score, as if the members were one network with a common last layer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct LogitEnsembleOptions {
    /// Weight of each member, in order; normalised to sum 1. Empty: equal weights.
    pub weights: Vec<f64>,
}

impl FusionMethod for LogitEnsembleOptions {
    fn recipe(&self) -> Recipe<'_> {
        Recipe::Ensemble(self)
    }

    fn check(&self, members: usize) -> Result<(), FusionError> {
        weights::check(&self.weights, members)
    }
}

impl Ensemble for LogitEnsembleOptions {
    fn logits(&self, logits: &[&[f32]], _: ClassProbabilities) -> Vec<f32> {
        mean(logits, &shares(&self.weights, logits.len()))
    }

    fn map(&self, maps: &[Map], _: EnsembleCanvas) -> Map {
        let arrays: Vec<&[f32]> = maps.iter().map(|map| map.data.as_slice()).collect();
        let data = mean(&arrays, &shares(&self.weights, maps.len()));
        let (height, width) = maps.first().map_or((0, 0), |map| (map.height, map.width));
        Map::new(height, width, data)
    }
}
