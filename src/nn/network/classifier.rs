use super::{Network, NetworkError};

impl Network {
    /// The linear head's weights for one class, one per channel of the layer that feeds global average pooling:
    /// the `w_k^c` of CAM (Zhou et al. 2016).
    ///
    /// # Errors
    /// [`NetworkError`] for a graph without a linear head, or a class that it does not know.
    pub fn classifier_weights(&self, class: usize) -> Result<&[f32], NetworkError> {
        let classes = self.graph().classes().unwrap_or(0);
        let weights = self.graph().head().and_then(|head| self.get(&format!("{head}.weight")));
        let weights = weights.filter(|_| class < classes);
        let weights = weights.ok_or(NetworkError::Targets { targets: vec![class], images: 1, classes })?;
        let channels = weights.len() / classes;
        Ok(&weights[class * channels..][..channels])
    }
}
