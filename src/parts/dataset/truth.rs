//! What is known of where the object is.

use crate::raster::{Mask, PixelBox};

/// The ground truth of one photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Width and height of the pixels the boxes are in: the original photograph's, which the stored one may
    /// be a resized copy of.
    pub size: (usize, usize),
    /// A box per annotated instance of the image's class.
    pub boxes: Vec<PixelBox>,
    /// The object's pixels, on a grid of the mask's own size.
    pub mask: Option<Mask>,
}

impl Truth {
    /// The truth on an evaluation grid of `height` x `width`, as wsolevaluation scales it: box corners
    /// `int(x * new / old)`, masks by OpenCV's nearest neighbour.
    pub fn at(&self, height: usize, width: usize) -> Self {
        let (old_width, old_height) = self.size;
        Self {
            size: (width, height),
            boxes: self
                .boxes
                .iter()
                .map(|from| PixelBox {
                    x0: scale(from.x0, old_width, width),
                    y0: scale(from.y0, old_height, height),
                    x1: scale(from.x1, old_width, width),
                    y1: scale(from.y1, old_height, height),
                })
                .collect(),
            mask: self.mask.as_ref().map(|mask| nearest(mask, height, width)),
        }
    }
}

/// A coordinate on another grid, truncated, and kept on that grid.
fn scale(at: i32, old: usize, new: usize) -> i32 {
    let scaled = (f64::from(at) * new as f64 / old as f64) as i32;
    scaled.clamp(0, (new as i32 - 1).max(0))
}

/// Nearest-neighbour resizing in OpenCV's convention (`INTER_NEAREST`): the source pixel of `i` is
/// `floor(i / (new / old))`, computed in the same order so that exact multiples round alike.
pub(super) fn nearest(mask: &Mask, height: usize, width: usize) -> Mask {
    if (mask.height, mask.width) == (height, width) {
        return mask.clone();
    }
    let rows = sources(mask.height, height);
    let columns = sources(mask.width, width);
    let data = rows
        .iter()
        .flat_map(|row| columns.iter().map(move |column| mask.data[row * mask.width + column]))
        .collect();
    Mask { height, width, data }
}

fn sources(old: usize, new: usize) -> Vec<usize> {
    let step = 1.0 / (new as f64 / old as f64);
    (0..new).map(|i| ((i as f64 * step).floor() as usize).min(old.saturating_sub(1))).collect()
}
