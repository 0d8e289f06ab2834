use serde::{Deserialize, Serialize};

/// `[prediction]`: what class maps say of the class (step A13 of the article).
///
/// A softmax over the classes at every pixel of the map's own grid gives class confidences; a threshold splits each
/// class's pixels into confident and other ones; the classes are ranked by the sums of their confident pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prediction {
    /// Confidences from which on a pixel counts for a class.
    pub thresholds: Vec<f64>,
    /// Candidate classes of methods that make one map at a time: so many of the network's most probable ones.
    /// `cam` has the maps of all classes at once, and ranks all of them.
    pub classes: usize,
    /// `cam`, at the layer that the classifier sees, and any other method listed in a `[[maps]]`, at its layers.
    pub methods: Vec<String>,
}

impl Default for Prediction {
    fn default() -> Self {
        Self { thresholds: vec![0.5], classes: 5, methods: vec!["cam".into()] }
    }
}
