use std::path::Path;

use camlab_base::file;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{CheckpointError, Network};

/// Encodes every parameter and buffer of `network` as a safetensors file in F32; equal networks have equal
/// bytes.
///
/// # Errors
/// [`CheckpointError::Format`] if the tensors cannot be encoded, an internal error.
pub fn encode(network: &Network) -> Result<Vec<u8>, CheckpointError> {
    let fails = |source| CheckpointError::Format { path: "a checkpoint in memory".into(), source };
    let bytes = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    let buffers: Vec<Vec<u8>> = network.values().iter().map(|values| bytes(values)).collect();
    let mut views = Vec::with_capacity(buffers.len());
    for (spec, buffer) in network.specs().iter().zip(&buffers) {
        let view = TensorView::new(Dtype::F32, spec.shape.clone(), buffer).map_err(fails)?;
        views.push((spec.name.as_str(), view));
    }
    safetensors::serialize(views, None).map_err(fails)
}

/// Writes [`encode`]'s bytes to `path`: into a temporary file beside it first, then renamed, so that no
/// reader sees a partial file.
///
/// # Errors
/// [`CheckpointError::Write`] naming the file.
pub fn write(path: &Path, network: &Network) -> Result<(), CheckpointError> {
    let fails = |source| CheckpointError::Write { path: path.display().to_string(), source };
    file::replace(path, &encode(network)?).map_err(fails)
}
