//! Ground truth of object location.

use camlab_raster::{Mask, PixelBox, resize_mask_nearest};

/// Ground truth of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundTruth {
    /// Width and height of the image that the boxes refer to: the original, of which the stored image may be a
    /// resized copy.
    pub size: (usize, usize),
    /// One box per annotated instance of the image's class.
    pub boxes: Vec<PixelBox>,
    /// Mask of the object's pixels, in the mask file's own size.
    pub mask: Option<Mask>,
}

impl GroundTruth {
    /// Scales the ground truth to an evaluation grid of `height` x `width`, as wsolevaluation does: box corners
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
