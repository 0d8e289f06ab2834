use camlab_raster::{Interpolation, Map};

/// Members asked side by side: how their class scores and their maps become one answer.
pub trait Ensemble: Sync {
    /// What one image's class scores come to, before any softmax; `logits` holds one row per member.
    fn logits(&self, logits: &[&[f32]]) -> Vec<f32>;

    /// Whether maps are enlarged on the way, so that the interpolation counts.
    fn enlarges(&self) -> bool {
        false
    }

    /// What one image's maps come to: one per member, on one grid.
    fn map(&self, maps: &[Map], canvas: EnsembleCanvas) -> Map;
}

/// What maps may have to be enlarged to.
#[derive(Debug, Clone, Copy)]
pub struct EnsembleCanvas {
    /// Rows and columns of the networks' input.
    pub size: [usize; 2],
    /// How maps are enlarged.
    pub interpolation: Interpolation,
}
