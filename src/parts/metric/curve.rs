use super::BoxHits;

/// Contours of a thresholded map whose boxes are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contours {
    /// The contour of largest area (MaxBoxAcc).
    Largest,
    /// All contours; the best IoU counts (MaxBoxAccV2).
    Any,
}

/// Box accuracy in percent at each of the [`LEVELS`](camlab_raster::boxes::LEVELS) levels, for a minimum IoU of `delta`
/// that `boxes` were asked for; empty if no image has boxes.
pub fn accuracy_curve(boxes: &BoxHits, delta: f64, contours: Contours) -> Vec<f64> {
    boxes.get(contours, delta).accuracies()
}

/// Level of highest box accuracy, the smallest one if tied; `None` if no image has boxes.
pub fn chosen_level(boxes: &BoxHits, delta: f64, contours: Contours) -> Option<u8> {
    boxes.get(contours, delta).best(&vec![1; boxes.len()]).map(|best| best.level as u8)
}
