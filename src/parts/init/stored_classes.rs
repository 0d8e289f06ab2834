//! The number of classes that weights were trained for.

use std::path::Path;

use super::PretrainedOptions;
use crate::backbone::BackboneSpec;

impl PretrainedOptions {
    /// Number of classes of the head that is loaded from `file` into a network whose head has the name `head`; `None` if the
    /// head is drawn, left out, or not in the file.
    pub fn stored_classes(&self, file: &Path, backbone: &BackboneSpec, head: &str) -> Option<usize> {
        let weight = format!("{head}.weight");
        if self.fresh_head || self.leaves_out(&weight) || self.without_batch_norm {
            return None;
        }
        if self.is_onnx() {
            return backbone.own_classes();
        }
        let checkpoint = self.read(file, &mut |_| ()).ok()?;
        checkpoint.tensors().get(&weight)?.shape.first().copied()
    }
}
