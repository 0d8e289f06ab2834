use super::ImageColumns;
use super::hits::{HitCount, Hits};
use camlab_raster::boxes::LEVELS;

/// Contours of a thresholded map whose boxes are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contours {
    /// The contour of largest area (MaxBoxAcc).
    Largest,
    /// All contours; the best IoU counts (MaxBoxAccV2).
    Any,
}

impl Contours {
    pub(super) fn hits(self, rows: &ImageColumns, delta: f64) -> Hits {
        match self {
            Self::Largest => Hits::new(&rows.iou_largest, delta),
            Self::Any => Hits::new(&rows.iou_any, delta),
        }
    }
}

/// Box accuracy in percent at each of the [`LEVELS`] levels, for a minimum IoU of `delta`; empty if no image has
/// boxes.
pub fn accuracy_curve(rows: &ImageColumns, delta: f64, contours: Contours) -> Vec<f64> {
    let tally = unweighted(rows, delta, contours);
    (0..LEVELS).map_while(|level| tally.accuracy(level)).collect()
}

/// Level of highest box accuracy, the smallest one if tied; `None` if no image has boxes.
pub fn chosen_level(rows: &ImageColumns, delta: f64, contours: Contours) -> Option<u8> {
    unweighted(rows, delta, contours).best_level().map(|level| level as u8)
}

fn unweighted(rows: &ImageColumns, delta: f64, contours: Contours) -> HitCount {
    contours.hits(rows, delta).tally(&vec![1; rows.len()])
}
