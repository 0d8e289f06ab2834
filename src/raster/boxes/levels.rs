use super::order::Order;
use super::span::Span;
use super::{EMPTY_BOX, LEVELS, LevelIou};
use crate::PixelBox;

/// Boxes of one map at every level.
///
/// A box is `(x, y, x + w, y + h)` of a contour's bounding rectangle, clipped to the last column and row, as in
/// wsolevaluation.
#[derive(Debug, Clone, Copy)]
pub struct BoxLevels<'a> {
    pub(super) order: &'a Order,
    pub(super) spans: &'a [Span],
    pub(super) largest: &'a [PixelBox; LEVELS],
}

impl BoxLevels<'_> {
    /// Largest 8-bit value of the map: 255, or 0 for a map of zeros.
    pub fn max(&self) -> u8 {
        self.order.max()
    }

    /// Level equivalent to wsolevaluation's threshold `tau`: `int(tau * max)`.
    pub fn level_of(&self, tau: f64) -> u8 {
        level_of(tau, self.max())
    }

    /// Box of the contour of largest area (MaxBoxAcc); [`EMPTY_BOX`] without foreground or from level 255.
    pub fn largest_at(&self, level: u8) -> PixelBox {
        self.largest.get(level as usize).copied().unwrap_or(EMPTY_BOX)
    }

    /// Boxes of all contours including holes (MaxBoxAccV2), in no particular order; only [`EMPTY_BOX`] without
    /// foreground.
    pub fn boxes_at(&self, level: u8) -> Vec<PixelBox> {
        let standing = self.spans.iter().filter(|span| (span.first..=span.last).contains(&level));
        let boxes: Vec<_> =
            standing.map(|span| span.bounds.to_box(self.order.height(), self.order.width())).collect();
        if boxes.is_empty() { vec![EMPTY_BOX] } else { boxes }
    }

    /// IoU with the ground-truth boxes (in this map's pixels) at every level; empty without ground truth.
    pub fn iou(&self, truth: &[PixelBox]) -> LevelIou {
        let mut iou = LevelIou::default();
        self.iou_into(truth, &mut iou);
        iou
    }

    /// As [`Self::iou`], into an existing buffer.
    pub fn iou_into(&self, truth: &[PixelBox], iou: &mut LevelIou) {
        iou.fill(self, truth);
    }
}

/// Level equivalent to wsolevaluation's threshold `tau` on a map whose largest 8-bit value is `max`: `int(tau *
/// max)`. On min-max normalised maps `max` is 255.
pub fn level_of(tau: f64, max: u8) -> u8 {
    (tau * f64::from(max)) as u8
}
