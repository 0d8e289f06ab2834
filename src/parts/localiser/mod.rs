//! Heads of the few-shot supervised localiser (FSL; Choe et al. 2020, wsolevaluation): a linear map from the activations of
//! a layer to a mask or a box, trained with the ground truth of a few images. One file per head.

mod box_head;
mod descent;
mod linear;
mod mask_head;
mod statistics;
mod training;

pub use box_head::BoxHead;
pub use descent::{HeadDescent, HeadSample};
pub use linear::LinearHead;
pub use mask_head::MaskHead;
pub use statistics::FeatureStatistics;
pub use training::HeadTraining;

use serde::{Deserialize, Serialize};

use crate::cam::Refusal;
use camlab_base::registry;
use camlab_data::GroundTruth;
use camlab_raster::Map;

registry! {
    /// A head of a supervised localiser and its options, as named in TOML.
    pub enum LocaliserSpec as "supervised head" {
        "mask" => Mask(MaskHead), "a 1x1 convolution to one channel and a sigmoid at each cell, trained by binary cross-entropy with masks, or with boxes filled";
        "box" => Box(BoxHead), "global average pooling and a linear layer to the corners of one box, trained by smooth L1 with the largest box of an image";
    }
    /// The implementation of this head.
    fn localiser -> Localiser;
}

impl Default for LocaliserSpec {
    fn default() -> Self {
        Self::Mask(MaskHead::default())
    }
}

/// Ground truth that a head is trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadTruth {
    /// Boxes.
    Boxes,
    /// Masks; for images without one, boxes.
    MasksOrBoxes,
}

/// Targets of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadTargets {
    /// `[places][outputs]`.
    pub values: Vec<f64>,
    /// `[places]`: `false` where the truth says nothing, which no loss counts.
    pub counted: Vec<bool>,
}

/// A head of a supervised localiser.
pub trait Localiser: Sync {
    /// Incremented when its numbers change.
    fn version(&self) -> u32;

    /// `true` if the activations are averaged over the grid first, so that an image has one place and not one per cell.
    fn pools(&self) -> bool;

    /// The truth that it is trained with.
    fn needs(&self) -> HeadTruth;

    /// Biases before the first step, one per output; weights start at 0.
    fn start(&self) -> Vec<f64>;

    /// Targets of an image with this truth, at the size of the network's input, for a layer of `grid` cells (rows and
    /// columns); `None` if the truth has nothing that the head learns from.
    fn targets(&self, truth: &GroundTruth, grid: (usize, usize)) -> Option<HeadTargets>;

    /// Loss of one output and its derivative by the output.
    fn loss(&self, output: f64, target: f64) -> (f64, f64);

    /// Map of an image from its outputs, `[places][outputs]`, for a layer of `grid` cells and an input of `size` pixels
    /// (height and width): values from 0 to 1, on the layer's grid or at the input's size.
    fn map(&self, outputs: &[f64], grid: (usize, usize), size: [usize; 2]) -> Map;

    /// `true` if the map's values are evaluated as they are; else each map is scaled by its own minimum and maximum, as
    /// those of CAM methods are.
    fn keeps_range(&self) -> bool;

    /// Checks the options.
    ///
    /// # Errors
    /// [`Refusal`] of the first invalid option.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }
}
