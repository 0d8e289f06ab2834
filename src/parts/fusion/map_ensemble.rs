use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ensemble::{Ensemble, EnsembleCanvas};
use super::weights::{self, mean, shares};
use super::{FusionError, FusionMethod, Recipe};
use camlab_nn::ClassProbabilities;
use camlab_raster::{Map, min_max, resize};

/// Options of `map-ensemble`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MapEnsembleOptions {
    /// Weight of each member, in order; normalised to sum 1. Empty: equal weights.
    pub weights: Vec<f64>,
    /// Combination of the scaled maps: `mean` or `max`.
    pub join: EnsembleJoin,
}

/// Combination of maps scaled to [0, 1].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnsembleJoin {
    /// Weighted mean.
    #[default]
    Mean,
    /// Pixelwise maximum; weights affect the probabilities only.
    Max,
}

impl FusionMethod for MapEnsembleOptions {
    fn recipe(&self) -> Recipe<'_> {
        Recipe::Ensemble(self)
    }

    fn check(&self, members: usize) -> Result<(), FusionError> {
        weights::check(&self.weights, members)
    }
}

impl Ensemble for MapEnsembleOptions {
    /// Returns the logarithm of the mean probability, whose softmax is that probability; for sigmoids that of its odds.
    fn logits(&self, logits: &[&[f32]], kind: ClassProbabilities) -> Vec<f32> {
        let probabilities: Vec<Vec<f32>> = logits.iter().map(|row| kind.of(row)).collect();
        let rows: Vec<&[f32]> = probabilities.iter().map(Vec::as_slice).collect();
        let mean = mean(&rows, &shares(&self.weights, rows.len()));
        // Avoids ln(0) for probabilities that underflow f32.
        let log = |probability: f32| probability.max(f32::MIN_POSITIVE).ln();
        match kind {
            ClassProbabilities::Softmax => mean.into_iter().map(log).collect(),
            ClassProbabilities::Sigmoid => mean.into_iter().map(|mean| log(mean) - log(1.0 - mean)).collect(),
        }
    }

    fn enlarges(&self) -> bool {
        true
    }

    fn map(&self, maps: &[Map], canvas: EnsembleCanvas) -> Map {
        let [height, width] = canvas.size;
        let scaled: Vec<Map> =
            maps.iter().map(|map| min_max(&resize(map, height, width, canvas.interpolation))).collect();
        let arrays: Vec<&[f32]> = scaled.iter().map(|map| map.data.as_slice()).collect();
        let data = match self.join {
            EnsembleJoin::Mean => mean(&arrays, &shares(&self.weights, arrays.len())),
            EnsembleJoin::Max => {
                let at = |pixel: usize| arrays.iter().map(|array| array[pixel]).fold(0.0, f32::max);
                (0..height * width).map(at).collect()
            }
        };
        Map::new(height, width, data)
    }
}
