use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[prediction]`: classification from class maps (step A13 of the source article).
///
/// A softmax over the classes at every pixel of the map's own grid gives class confidences; a threshold splits each
/// class's pixels into confident and other ones; the classes are ranked by the sums of their confident pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prediction {
    /// Smallest confidences, in (0, 1], at which a pixel counts as confident for a class.
    pub thresholds: Vec<f64>,
    /// Number of candidate classes, the network's most probable ones, for methods that compute one class's map at a
    /// time. `cam` computes the maps of all classes at once and ranks all of them.
    pub classes: usize,
    /// `cam`, at the layer that feeds the classifier, and any other method listed in a `[[maps]]`, at its layers.
    pub methods: Vec<String>,
}

impl Default for Prediction {
    fn default() -> Self {
        Self { thresholds: vec![0.5], classes: 5, methods: vec!["cam".into()] }
    }
}
