//! Numbers per image that a metric measures itself.

use camlab_engine::{EngineError, Variants};
use camlab_raster::{Map, PixelBox};

/// A number per image that a metric measures itself, beyond those that every evaluation measures
/// ([`super::ImageColumns`]).
///
/// A stage of its own measures it, so that one more metric computes nothing else again; the number becomes a column of
/// `images.parquet`.
pub trait Quantity: Sync {
    /// Name of the column, unlike that of any other.
    fn column(&self) -> String;

    /// Version of the computation; increased whenever its results change.
    fn version(&self) -> u32;

    /// `true` if the quantity is measured with forward passes; maps of no single network then have no value.
    fn needs_passes(&self) -> bool {
        false
    }

    /// The number for one image; `None` where it is not defined.
    ///
    /// # Errors
    /// A forward pass that fails.
    fn measure(&self, image: &MeasuredImage<'_>) -> Result<Option<f64>, EngineError>;
}

/// An image and its map, as a [`Quantity`] sees them.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredImage<'a> {
    /// The map at the size of the network's input, min-max scaled to [0, 1] and contrasted.
    pub map: &'a Map,
    /// Ground-truth boxes at that size; empty if there are none.
    pub boxes: &'a [PixelBox],
    /// True class.
    pub label: usize,
    /// Target class of the map.
    pub target: usize,
    /// Softmax probability of the target class for the whole image, if a pass has already computed it.
    pub probability: Option<f32>,
    /// The preprocessed image and its network, if [`Quantity::needs_passes`].
    pub passes: Option<Variants<'a>>,
}
