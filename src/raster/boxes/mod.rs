//! Boxes of every contour of a score map at all 255 thresholds, in one pass.
//!
//! wsolevaluation binarises a map at each of 1000 thresholds and calls OpenCV's `findContours` each time. Only 255 of
//! the binary images differ, and from one to the next contours only grow, merge or vanish. So the pixels are sorted
//! once and added one by one: by descending value for the foreground components (8-connected), by ascending value for
//! their holes (4-connected background that does not reach the frame). Each bounding box is stored with the range of
//! levels in which it exists (`Span`); its IoU with the ground truth is computed once per span and applied to all its
//! levels.

mod border;
mod foreground;
mod holes;
mod largest;
mod level_iou;
mod levels;
mod order;
mod regions;
mod ring;
mod span;

pub use level_iou::LevelIou;
pub use levels::{BoxLevels, level_of};

use super::{Map, PixelBox};
use foreground::Foreground;
use order::Order;
use regions::Regions;
use span::Span;

/// Number of thresholds that give different binary images: the map in 8 bits is foreground where it is `> level`, for
/// `level` in `0..LEVELS`.
pub const LEVELS: usize = 255;

/// Box that wsolevaluation reports if a threshold leaves no foreground.
pub const EMPTY_BOX: PixelBox = PixelBox { x0: 0, y0: 0, x1: 0, y1: 0 };

/// Error of the box computation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// The map's size differs from the evaluator's.
    #[error(
        "the map is {height}x{width}, the evaluator was made for {expected_height}x{expected_width}; resize the map first"
    )]
    Size {
        /// Rows of the map.
        height: usize,
        /// Columns of the map.
        width: usize,
        /// Rows that the evaluator expects.
        expected_height: usize,
        /// Columns that the evaluator expects.
        expected_width: usize,
    },
    /// An evaluator of an unsupported size was requested.
    #[error("boxes are computed on maps of 1x1 to {max}x{max} pixels, not {height}x{width}", max = Evaluator::MAX_SIDE)]
    Side {
        /// Requested rows.
        height: usize,
        /// Requested columns.
        width: usize,
    },
}

/// Computes the boxes of maps of one size, reusing its memory from map to map.
///
/// ```
/// use camlab_raster::{Map, PixelBox, boxes::Evaluator};
///
/// let map = Map::new(4, 4, vec![
///     0.0, 0.0, 0.0, 0.0,
///     0.0, 1.0, 0.6, 0.0,
///     0.0, 0.6, 0.6, 0.0,
///     0.0, 0.0, 0.0, 0.0,
/// ]);
/// let mut evaluator = Evaluator::new(4, 4)?;
/// let boxes = evaluator.sweep(&map)?;
/// // Boxes follow wsolevaluation: the far corner is `x + width`, clipped to the image.
/// assert_eq!(boxes.largest_at(boxes.level_of(0.2)), PixelBox::new(1, 1, 3, 3));
/// assert_eq!(boxes.largest_at(boxes.level_of(0.8)), PixelBox::new(1, 1, 2, 2));
/// # Ok::<(), camlab_raster::boxes::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Evaluator {
    order: Order,
    regions: Regions,
    foreground: Foreground,
    spans: Vec<Span>,
    holes_at: [u32; LEVELS],
    largest: [PixelBox; LEVELS],
}

impl Evaluator {
    /// Largest supported side of a map, in pixels.
    pub const MAX_SIDE: usize = 16_384;

    /// Creates an evaluator for maps of `height` x `width`.
    ///
    /// # Errors
    /// If a side is 0 or longer than [`Self::MAX_SIDE`].
    pub fn new(height: usize, width: usize) -> Result<Self, BoxError> {
        let supported = 1..=Self::MAX_SIDE;
        if !supported.contains(&height) || !supported.contains(&width) {
            return Err(BoxError::Side { height, width });
        }
        Ok(Self {
            order: Order::new(height, width),
            regions: Regions::new(height, width),
            foreground: Foreground::default(),
            spans: Vec::new(),
            holes_at: [0; LEVELS],
            largest: [EMPTY_BOX; LEVELS],
        })
    }

    /// Finds the boxes of `map`, min-max normalised to `[0, 1]`, at every level.
    ///
    /// The map is quantised to 8 bits as in wsolevaluation, `floor(255 * score)`; scores outside of `[0, 1]` saturate
    /// and NaN counts as 0.
    ///
    /// # Errors
    /// If the map's size differs from the evaluator's.
    pub fn sweep(&mut self, map: &Map) -> Result<BoxLevels<'_>, BoxError> {
        let (expected_height, expected_width) = (self.order.height(), self.order.width());
        if (map.height, map.width) != (expected_height, expected_width) {
            let (height, width) = (map.height, map.width);
            return Err(BoxError::Size { height, width, expected_height, expected_width });
        }
        self.order.load(map);
        self.spans.clear();
        holes::sweep(&self.order, &mut self.regions, &mut self.spans);
        span::count_by_level(&self.spans, &mut self.holes_at);
        self.foreground.sweep(
            &self.order,
            &mut self.regions,
            &self.holes_at,
            &mut self.spans,
            &mut self.largest,
        );
        Ok(BoxLevels { order: &self.order, spans: &self.spans, largest: &self.largest })
    }
}
