use super::{Network, NetworkError};

/// Weights of the head, which computes class scores from the last features:
/// `score_c = mean over p of sum_k weights[c, k] f_k(p) + biases[c]`.
#[derive(Debug, Clone, Copy)]
pub struct Classifier<'a> {
    /// `[classes, channels]`, row-major.
    pub weights: &'a [f32],
    /// One per class.
    pub biases: &'a [f32],
    /// True if the network computes the sum at every position before it takes the mean
    /// ([`crate::graph::Head::Affine`]), so that its class maps include the biases.
    pub at_positions: bool,
}

impl Network {
    /// The head's weights and biases.
    ///
    /// # Errors
    /// [`NetworkError::NoLogits`] for a graph without a head.
    pub fn classifier(&self) -> Result<Classifier<'_>, NetworkError> {
        let graph = self.graph();
        let part = |part: &str| graph.head().and_then(|head| self.get(&format!("{head}.{part}")));
        match (part("weight"), part("bias")) {
            (Some(weights), Some(biases)) => {
                Ok(Classifier { weights, biases, at_positions: graph.has_class_maps() })
            }
            _ => Err(NetworkError::NoLogits { node: graph.node(graph.output()).name.clone() }),
        }
    }

    /// The head's weights for one class, one per channel of the layer that feeds global average pooling: the
    /// `w_k^c` of CAM (Zhou et al. 2016).
    ///
    /// # Errors
    /// [`NetworkError`] for a graph without a head, or a class out of range.
    pub fn classifier_weights(&self, class: usize) -> Result<&[f32], NetworkError> {
        let classes = self.graph().classes().unwrap_or(0);
        let weights = self.graph().head().and_then(|head| self.get(&format!("{head}.weight")));
        let weights = weights.filter(|_| class < classes);
        let weights = weights.ok_or(NetworkError::Targets { targets: vec![class], images: 1, classes })?;
        let channels = weights.len() / classes;
        Ok(&weights[class * channels..][..channels])
    }
}
