use serde::{Deserialize, Serialize};

/// A linear map from the channels of a layer to the outputs of a head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LinearHead {
    /// `[outputs][channels]`.
    pub weights: Vec<f64>,
    /// `[outputs]`.
    pub bias: Vec<f64>,
}

impl LinearHead {
    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.weights.len() / self.bias.len().max(1)
    }

    /// Outputs of an image, `[places][outputs]`, from its activations, `[places][channels]`.
    pub fn outputs(&self, features: &[f32]) -> Vec<f64> {
        let channels = self.channels().max(1);
        let of = |place: &[f32], (weights, bias): (&[f64], &f64)| -> f64 {
            bias + place.iter().zip(weights).map(|(value, weight)| f64::from(*value) * weight).sum::<f64>()
        };
        let places = features.chunks_exact(channels);
        let rows = || self.weights.chunks_exact(channels).zip(&self.bias);
        places.flat_map(|place| rows().map(move |row| of(place, row))).collect()
    }

    /// Activations of an image, `[places][channels]`, averaged over the places.
    pub fn pooled(features: &[f32], channels: usize) -> Vec<f32> {
        let places = (features.len() / channels.max(1)) as f64;
        let of = |channel: usize| {
            let values = features.iter().skip(channel).step_by(channels);
            (values.map(|value| f64::from(*value)).sum::<f64>() / places) as f32
        };
        (0..channels).map(of).collect()
    }
}
