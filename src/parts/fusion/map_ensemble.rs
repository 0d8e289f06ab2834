use serde::{Deserialize, Serialize};

use super::ensemble::{Ensemble, EnsembleCanvas};
use super::weights::{mean, shares};
use camlab_nn::softmax;
use camlab_raster::{Map, min_max, resize};

/// Options of `map-ensemble`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MapEnsembleOptions {
    /// How much every member counts, in their order; they are divided by their sum. Empty: all alike.
    pub weights: Vec<f64>,
    /// How the scaled maps become one: `mean` or `max`.
    pub join: EnsembleJoin,
}

/// How maps in [0, 1] become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnsembleJoin {
    /// Their (weighted) mean.
    #[default]
    Mean,
    /// Their maximum, pixel by pixel; weights count for the probabilities alone.
    Max,
}

impl Ensemble for MapEnsembleOptions {
    /// The logarithm of the mean probability: its softmax is that probability.
    fn logits(&self, logits: &[&[f32]]) -> Vec<f32> {
        let probabilities: Vec<Vec<f32>> = logits.iter().map(|row| softmax(row, 1.0)).collect();
        let rows: Vec<&[f32]> = probabilities.iter().map(Vec::as_slice).collect();
        let mean = mean(&rows, &shares(&self.weights, rows.len()));
        // A probability too small for a float is still that of a class.
        mean.into_iter().map(|probability| probability.max(f32::MIN_POSITIVE).ln()).collect()
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
