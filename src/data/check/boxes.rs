//! Ground truth that contradicts its image.

use super::finding::{FindingKind, Severity};
use crate::agreement::have_same_aspect;
use crate::truth::GroundTruth;
use crate::{DeclaredReading, ExifOrientation, OtherAspect, OutsideBoxes};
use camlab_raster::{Mask, PixelBox};

/// Sides below this many pixels are suspicious.
const TINY: i64 = 4;

/// A finding without its place.
pub(super) type Fault = (FindingKind, Severity, String);

/// Declarations and facts that decide what a ground truth may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct TruthChecks {
    pub(super) reading: DeclaredReading,
    /// `true` if a viewer turns the picture by a quarter.
    pub(super) turned: bool,
    /// `true` if every image should have a box.
    pub(super) boxes_expected: bool,
}

/// Findings about the declared size, the boxes and the mask of an image of `stored` (width, height) pixels; as heavy as their
/// consequence in a run.
pub(super) fn of_truth(truth: &GroundTruth, stored: (usize, usize), checks: TruthChecks) -> Vec<Fault> {
    let TruthChecks { reading, turned, boxes_expected } = checks;
    let applied = turned && reading.exif == ExifOrientation::Apply;
    let file = if applied { (stored.1, stored.0) } else { stored };
    let fault = size(truth.size, file);
    // Boxes under a swapped size are compared with the file.
    let swapped = matches!(fault, Some((FindingKind::SizeSwapped, ..)));
    let extent = if swapped { file } else { truth.size };
    let mut found: Vec<Fault> = fault.into_iter().collect();
    if boxes_expected && truth.boxes.is_empty() {
        found.push((FindingKind::NoBox, Severity::Note, String::new()));
    }
    for (at, one) in truth.boxes.iter().enumerate() {
        found.extend(of_box(*one, extent, reading.outside_boxes));
        if truth.boxes[..at].contains(one) {
            found.push((FindingKind::BoxRepeated, Severity::Warning, format!("box {}", corners(*one))));
        }
    }
    found.extend(truth.mask.as_ref().and_then(|mask| of_mask(mask, extent, file, reading.other_aspect)));
    found
}

/// Compares the size that the boxes refer to with the file's, both (width, height).
fn size(declared: (usize, usize), file: (usize, usize)) -> Option<Fault> {
    if declared == file {
        return None;
    }
    let text = format!("declared {}, the file is {}", sides(declared), sides(file));
    let swapped = (declared.1, declared.0);
    Some(if !have_same_aspect(declared, file) && have_same_aspect(swapped, file) {
        (FindingKind::SizeSwapped, Severity::Error, text)
    } else if file.0 == file.1 || have_same_aspect(declared, file) {
        // A copy may be squeezed into a square, as networks read it.
        (FindingKind::SizeScaled, Severity::Note, text)
    } else {
        (FindingKind::SizeAspect, Severity::Warning, text)
    })
}

fn of_box(one: PixelBox, (width, height): (usize, usize), outside: OutsideBoxes) -> Option<Fault> {
    let [x0, y0, x1, y1] = [one.x0, one.y0, one.x1, one.y1].map(i64::from);
    let (right, bottom) = (width as i64 - 1, height as i64 - 1);
    let fault = |kind, severity| {
        Some((kind, severity, format!("box {} of {}", corners(one), sides((width, height)))))
    };
    if x1 < x0 || y1 < y0 {
        fault(FindingKind::BoxInverted, Severity::Error)
    } else if x1 < 0 || y1 < 0 || x0 > right || y0 > bottom {
        let stops = outside == OutsideBoxes::Error;
        fault(FindingKind::BoxOutside, if stops { Severity::Error } else { Severity::Warning })
    } else if x0 < 0 || y0 < 0 || x1 > right || y1 > bottom {
        fault(FindingKind::BoxSticksOut, Severity::Warning)
    } else if x1 - x0 + 1 < TINY || y1 - y0 + 1 < TINY {
        fault(FindingKind::BoxTiny, Severity::Warning)
    } else if (x0, y0, x1, y1) == (0, 0, right, bottom) {
        fault(FindingKind::BoxWhole, Severity::Note)
    } else {
        None
    }
}

fn of_mask(mask: &Mask, declared: (usize, usize), file: (usize, usize), other: OtherAspect) -> Option<Fault> {
    let size = (mask.width, mask.height);
    if !mask.data.contains(&1) {
        return Some((FindingKind::MaskEmpty, Severity::Warning, String::new()));
    }
    let text = || format!("the mask is {}, the image {}", sides(size), sides(declared));
    let severity = if other == OtherAspect::Error { Severity::Error } else { Severity::Warning };
    let fits = have_same_aspect(size, declared) || have_same_aspect(size, file);
    (!fits).then(|| (FindingKind::MaskAspect, severity, text()))
}

fn corners(one: PixelBox) -> String {
    format!("{},{},{},{}", one.x0, one.y0, one.x1, one.y1)
}

fn sides((width, height): (usize, usize)) -> String {
    format!("{width}x{height}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(turned: bool, boxes_expected: bool) -> TruthChecks {
        TruthChecks { reading: DeclaredReading::default(), turned, boxes_expected }
    }

    fn kinds(size: (usize, usize), file: (usize, usize), boxes: &[PixelBox]) -> Vec<&'static str> {
        let truth = GroundTruth { size, boxes: boxes.to_vec(), mask: None };
        of_truth(&truth, file, checks(false, true)).into_iter().map(|(kind, ..)| kind.name()).collect()
    }

    #[test]
    fn each_fault_of_a_box_has_its_kind() {
        let boxes = [
            PixelBox::new(10, 10, 5, 20),
            PixelBox::new(100, 0, 120, 20),
            PixelBox::new(-60, 0, -1, 20),
            PixelBox::new(50, 0, 100, 20),
            PixelBox::new(7, 8, 9, 30),
            PixelBox::new(0, 0, 99, 49),
            PixelBox::new(7, 8, 30, 30),
            PixelBox::new(7, 8, 30, 30),
            PixelBox::new(i32::MIN, i32::MIN, i32::MAX, i32::MAX),
        ];
        let found = kinds((100, 50), (100, 50), &boxes);
        let expected = [
            "box-inverted",
            "box-outside",
            "box-outside",
            "box-sticks-out",
            "box-tiny",
            "box-whole-image",
            "box-repeated",
            "box-sticks-out",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn sizes_are_compared_with_the_files() {
        let inside = [PixelBox::new(7, 8, 30, 30)];
        assert_eq!(kinds((100, 50), (100, 50), &inside), [""; 0]);
        assert_eq!(kinds((100, 50), (50, 100), &inside), ["size-swapped"]);
        assert_eq!(kinds((500, 375), (224, 224), &inside), ["size-scaled"]);
        assert_eq!(kinds((500, 375), (250, 188), &inside), ["size-scaled"]);
        assert_eq!(kinds((500, 375), (250, 200), &inside), ["size-aspect"]);
        assert_eq!(kinds((100, 50), (100, 50), &[]), ["no-box"]);
        // A box that fits the file sticks out of the swapped size.
        assert_eq!(kinds((50, 100), (100, 50), &[PixelBox::new(60, 8, 80, 30)]), ["size-swapped"]);
        let turned = GroundTruth { size: (50, 100), boxes: inside.to_vec(), mask: None };
        assert!(of_truth(&turned, (100, 50), checks(true, true)).is_empty());
    }

    #[test]
    fn masks_are_compared_with_the_image() {
        let mask = |width: usize, height: usize, value: u8| GroundTruth {
            size: (100, 50),
            boxes: Vec::new(),
            mask: Some(Mask { height, width, data: vec![value; width * height] }),
        };
        let kinds = |truth: GroundTruth| -> Vec<&str> {
            of_truth(&truth, (100, 50), checks(false, false))
                .into_iter()
                .map(|(kind, ..)| kind.name())
                .collect()
        };
        assert_eq!(kinds(mask(200, 100, 1)), [""; 0]);
        assert_eq!(kinds(mask(100, 100, 1)), ["mask-aspect"]);
        assert_eq!(kinds(mask(100, 50, 255)), ["mask-empty"]);
    }
}
