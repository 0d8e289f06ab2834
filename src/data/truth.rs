//! What is known of where the object is.

use camlab_raster::{Mask, PixelBox, resize_mask_nearest};

/// The ground truth of one photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundTruth {
    /// Width and height of the pixels the boxes are in: the original photograph's, which the stored one may
    /// be a resized copy of.
    pub size: (usize, usize),
    /// A box per annotated instance of the image's class.
    pub boxes: Vec<PixelBox>,
    /// The object's pixels, on a grid of the mask's own size.
    pub mask: Option<Mask>,
}

impl GroundTruth {
    /// The truth on an evaluation grid of `height` x `width`, as wsolevaluation scales it: box corners
    /// `int(x * new / old)`, masks by OpenCV's nearest neighbour.
    pub fn at(&self, height: usize, width: usize) -> Self {
        let (old_width, old_height) = self.size;
        let scaled =
            |from: &PixelBox| from.scaled((old_height, old_width), (height, width)).clipped(height, width);
        Self {
            size: (width, height),
            boxes: self.boxes.iter().map(scaled).collect(),
            mask: self.mask.as_ref().map(|mask| resize_mask_nearest(mask, height, width)),
        }
    }
}
