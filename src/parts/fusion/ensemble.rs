use camlab_nn::ClassProbabilities;
use camlab_raster::{Interpolation, Map};

/// Ensemble of networks: combines the members' class scores and maps per image.
pub trait Ensemble: Sync {
    /// Combines one image's class scores (before softmax); `logits` holds one row per member. Returns one score per
    /// class.
    fn logits(&self, logits: &[&[f32]], probabilities: ClassProbabilities) -> Vec<f32>;

    /// `true` if the members' maps are upsampled before they are combined, so that the interpolation matters.
    fn enlarges(&self) -> bool {
        false
    }

    /// Combines one image's maps: one per member, all on the same grid.
    fn map(&self, maps: &[Map], canvas: EnsembleCanvas) -> Map;
}

/// Target of the upsampling of maps.
#[derive(Debug, Clone, Copy)]
pub struct EnsembleCanvas {
    /// Rows and columns of the networks' input.
    pub size: [usize; 2],
    /// Interpolation used for upsampling.
    pub interpolation: Interpolation,
}
