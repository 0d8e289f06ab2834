//! Similarity of two networks' parameters.

use super::Symmetry;
use crate::Network;
use camlab_kernel::{ConvGeometry, ConvShape, Epilogue, Filter, KernelError, conv2d_forward};

/// `a b^T` of two `[rows, columns]` matrices.
pub(super) fn products(a: &[f32], b: &[f32], rows: usize) -> Result<Vec<f32>, KernelError> {
    let columns = a.len() / rows.max(1);
    // Computed as a 1x1 convolution of images of one pixel.
    let shape = ConvShape::new([rows, 1, 1, columns], rows, [1; 2], ConvGeometry::default())?;
    let filter = Filter::pack(&shape, b)?;
    let mut output = vec![0.0; rows * rows];
    conv2d_forward(&shape, a, &filter, &Epilogue::default(), &mut output)?;
    Ok(output)
}

/// Cosine similarity of two networks' parameters, of those that the symmetry permutes: 1 for equal ones,
/// about 0 for independent ones. Buffers do not count.
pub fn cosine(symmetry: &Symmetry, a: &Network, b: &Network) -> f64 {
    let (mut both, mut left, mut right) = (0.0, 0.0, 0.0);
    for (parameter, spec) in a.specs().iter().enumerate() {
        let moves = symmetry.axes.iter().any(|axis| axis.parameter == parameter);
        if spec.kind.is_buffer() || !moves {
            continue;
        }
        for (x, y) in a.values()[parameter].iter().zip(b.values()[parameter].iter()) {
            let (x, y) = (f64::from(*x), f64::from(*y));
            (both, left, right) = (both + x * y, left + x * x, right + y * y);
        }
    }
    let norm = (left * right).sqrt();
    if norm > 0.0 { both / norm } else { 0.0 }
}
