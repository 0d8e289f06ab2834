use super::PixelBox;

/// Correct box or kind of error of a predicted box, in the taxonomy of TS-CAM (Gao et al. 2021). The class
/// is not looked at: the paper's classification error comes before all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BoxOutcome {
    /// The IoU with a true box is high enough.
    Correct,
    /// The box covers enough of at least two true boxes.
    MultiInstance,
    /// Most of the box lies in a true box: it covers a part of the object.
    Part,
    /// The box covers most of a true box: it extends beyond the object.
    More,
    /// Any other error.
    Wrong,
}

/// Limits of [`BoxOutcome`]. The defaults are those of TS-CAM's code (`get_badcase_detail` in `lib/cams_deit.py`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxErrorLimits {
    /// IoU of a correct box, in `[0, 1]`; default 0.5.
    pub iou: f64,
    /// `true`: an IoU equal to the limit is correct, as in MaxBoxAcc and in the GT-known accuracy of TS-CAM. `false`
    /// (the default): it is an error, as in the error analysis and the Top-1 accuracy of TS-CAM's code.
    pub inclusive: bool,
    /// Share of a true box that must be covered (more than this) for it to count as an instance; default 0.3.
    pub instance: f64,
    /// Share of the predicted box inside the true box above which it is a part; default 0.5.
    pub part: f64,
    /// Share of the true box inside the predicted box from which on the box is too large; default 0.7.
    pub more: f64,
}

impl Default for BoxErrorLimits {
    fn default() -> Self {
        Self { iou: 0.5, inclusive: false, instance: 0.3, part: 0.5, more: 0.7 }
    }
}

impl BoxOutcome {
    /// Outcome of a box at IoU `delta`, with the other limits as in TS-CAM's code. See [`BoxErrorLimits::outcome`].
    pub fn of(predicted: PixelBox, truth: &[PixelBox], delta: f64) -> Self {
        BoxErrorLimits { iou: delta, ..BoxErrorLimits::default() }.outcome(predicted, truth)
    }
}

impl BoxErrorLimits {
    /// Outcome of a predicted box, in the order of TS-CAM's code: correct; multi-instance if more than one true box is
    /// covered by more than `instance` of its area; part and then more by the true box of the highest IoU (the first
    /// of equal ones); wrong otherwise. Without a true box it is wrong.
    ///
    /// Limits and order are those of the authors' code: a box of which most lies in the object is a part even if it
    /// covers the object too. The repository has a second IoU function (`calculate_IOU`) whose intersection is not cut
    /// off at 0, so that disjoint boxes can get a positive one; the taxonomy does not call it, and neither does this.
    pub fn outcome(&self, predicted: PixelBox, truth: &[PixelBox]) -> BoxOutcome {
        let (mut nearest, mut highest) = (truth.first(), 0.0);
        for one in truth {
            let iou = predicted.iou(*one);
            if iou > highest {
                (nearest, highest) = (Some(one), iou);
            }
        }
        let Some(nearest) = nearest else { return BoxOutcome::Wrong };
        let covered = |one: &PixelBox| share(predicted, *one, *one);
        let instances = truth.iter().filter(|one| covered(one) > self.instance).count();
        match () {
            () if highest > self.iou || (self.inclusive && highest == self.iou) => BoxOutcome::Correct,
            () if instances > 1 => BoxOutcome::MultiInstance,
            () if share(predicted, *nearest, predicted) > self.part => BoxOutcome::Part,
            () if covered(nearest) >= self.more => BoxOutcome::More,
            () => BoxOutcome::Wrong,
        }
    }
}

/// Area shared by two boxes over that of `whole`; 0 if `whole` has no pixel.
fn share(first: PixelBox, second: PixelBox, whole: PixelBox) -> f64 {
    let shared = first.intersection(second).area();
    if shared == 0 { 0.0 } else { shared as f64 / whole.area() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let truth = [PixelBox::new(0, 0, 9, 9)];
        let outcome = |x0, y0, x1, y1| BoxOutcome::of(PixelBox::new(x0, y0, x1, y1), &truth, 0.5);
        assert_eq!(outcome(0, 0, 9, 9), BoxOutcome::Correct);
        assert_eq!(outcome(0, 0, 9, 5), BoxOutcome::Correct);
        // An IoU of exactly 0.5 is an error by default.
        assert_eq!(outcome(0, 0, 9, 4), BoxOutcome::Part);
        assert_eq!(outcome(0, 0, 9, 19), BoxOutcome::More);
        let inclusive = BoxErrorLimits { inclusive: true, ..BoxErrorLimits::default() };
        assert_eq!(inclusive.outcome(PixelBox::new(0, 0, 9, 4), &truth), BoxOutcome::Correct);
        // Half of the box in the object is not enough for a part.
        assert_eq!(outcome(5, 0, 14, 4), BoxOutcome::Wrong);
        assert_eq!(outcome(4, 0, 12, 4), BoxOutcome::Part);
        // 70 of 100 pixels covered.
        assert_eq!(outcome(3, 0, 29, 9), BoxOutcome::More);
        assert_eq!(outcome(4, 0, 29, 9), BoxOutcome::Wrong);
        assert_eq!(outcome(50, 50, 60, 60), BoxOutcome::Wrong);
        assert_eq!(BoxOutcome::of(truth[0], &[], 0.5), BoxOutcome::Wrong);
    }

    #[test]
    fn several_instances_come_before_part_and_more() {
        let truth = [PixelBox::new(0, 0, 9, 9), PixelBox::new(20, 0, 29, 9)];
        assert_eq!(BoxOutcome::of(PixelBox::new(0, 0, 29, 9), &truth, 0.5), BoxOutcome::MultiInstance);
        // Only 30 % of the second box are covered.
        assert_eq!(BoxOutcome::of(PixelBox::new(0, 0, 22, 9), &truth, 0.5), BoxOutcome::More);
        // A box that is correct for one instance is correct.
        assert_eq!(BoxOutcome::of(PixelBox::new(0, 0, 9, 9), &truth, 0.5), BoxOutcome::Correct);
    }
}
