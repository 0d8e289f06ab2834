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
    /// `int(x * new / old)`, masks by OpenCV's nearest neighbour. A box that sticks out of the image still does: only
    /// predicted boxes are clipped.
    pub fn at(&self, height: usize, width: usize) -> Self {
        let (old_width, old_height) = self.size;
        let scaled = |from: &PixelBox| from.scaled((old_height, old_width), (height, width));
        Self {
            size: (width, height),
            boxes: self.boxes.iter().map(scaled).collect(),
            mask: self.mask.as_ref().map(|mask| resize_mask_nearest(mask, height, width)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_scaled_and_not_clipped() {
        let boxes = vec![PixelBox::new(50, 20, 109, 49), PixelBox::new(-10, 0, 9, 9)];
        let truth = GroundTruth { size: (100, 50), boxes, mask: None }.at(100, 200);
        assert_eq!(truth.boxes, [PixelBox::new(100, 40, 218, 98), PixelBox::new(-20, 0, 18, 18)]);
        // The predicted box fills the image from column 100 on: 100 x 59 pixels shared, of 119 x 59 and 100 x 100.
        let found = PixelBox::new(100, 0, 199, 99);
        assert_eq!(found.iou(truth.boxes[0]), 5900.0 / (10_000.0 + 7021.0 - 5900.0));
        // A mask ends where the image does.
        let mask = Mask::from_boxes(100, 200, &truth.boxes[..1]);
        assert_eq!(mask.data.iter().filter(|value| **value == 1).count(), 5900);
    }
}
