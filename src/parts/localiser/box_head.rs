use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HeadTargets, HeadTruth, Localiser};
use crate::cam::Refusal;
use camlab_data::GroundTruth;
use camlab_raster::{Map, PixelBox};

/// Regression of one box from the activations' mean over the grid: the corners `x0, y0, x1, y1` as fractions of width and
/// height. The target is the largest box of an image; the loss is torch's `smooth_l1_loss` with `beta`, averaged over the
/// corners. The map is 1 inside the box and 0 elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BoxHead {
    /// Error, as a fraction of the side, below which the loss is quadratic. The default is that of torchvision's detectors
    /// (`fastrcnn_loss`).
    pub beta: f64,
}

impl Default for BoxHead {
    fn default() -> Self {
        Self { beta: 1.0 / 9.0 }
    }
}

impl Localiser for BoxHead {
    fn version(&self) -> u32 {
        1
    }

    fn pools(&self) -> bool {
        true
    }

    fn needs(&self) -> HeadTruth {
        HeadTruth::Boxes
    }

    /// The whole image.
    fn start(&self) -> Vec<f64> {
        vec![0.0, 0.0, 1.0, 1.0]
    }

    fn targets(&self, truth: &GroundTruth, _: (usize, usize)) -> Option<HeadTargets> {
        let (width, height) = truth.size;
        let seen = PixelBox::new(0, 0, width as i32 - 1, height as i32 - 1);
        let inside = truth.boxes.iter().map(|one| one.intersection(seen)).filter(|one| one.area() > 0);
        // The first of several that are as large.
        let largest = inside.rev().max_by_key(|one| one.area())?;
        let share = |value: i32, side: usize| f64::from(value) / side as f64;
        let PixelBox { x0, y0, x1, y1 } = largest;
        let values = vec![share(x0, width), share(y0, height), share(x1, width), share(y1, height)];
        Some(HeadTargets { values, counted: vec![true] })
    }

    fn loss(&self, output: f64, target: f64) -> (f64, f64) {
        let error = output - target;
        match error.abs() < self.beta {
            true => (0.5 * error * error / self.beta, error / self.beta),
            false => (error.abs() - 0.5 * self.beta, error.signum()),
        }
    }

    /// The far corner is not filled: as wsolevaluation draws the box of a contour, it lies one pixel outside, so that the
    /// evaluated box is the predicted one.
    fn map(&self, outputs: &[f64], _: (usize, usize), [height, width]: [usize; 2]) -> Map {
        let edge = |place: usize, side: usize| {
            let share = outputs.get(place).copied().unwrap_or_default();
            // NaN becomes 0.
            ((share * side as f64).round().clamp(0.0, side as f64) as usize).min(side)
        };
        let columns = edge(0, width)..edge(2, width).max(edge(0, width));
        let mut map = Map::new(height, width, vec![0.0; height * width]);
        for y in edge(1, height)..edge(3, height) {
            map.data[y * width..][columns.clone()].fill(1.0);
        }
        map
    }

    fn keeps_range(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.beta > 0.0 && self.beta.is_finite() {
            return Ok(());
        }
        let message = format!("`beta` = {} is out of range", self.beta);
        Err(Refusal::new("beta", message, "write a positive fraction of the side, such as 0.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camlab_raster::boxes::Evaluator;

    #[test]
    fn the_largest_box_inside_the_image_is_learned() {
        let boxes = vec![PixelBox::new(0, 0, 2, 2), PixelBox::new(-9, 1, 5, 4), PixelBox::new(90, 0, 99, 9)];
        let truth = GroundTruth { size: (10, 5), boxes, mask: None };
        let found = BoxHead::default().targets(&truth, (1, 1)).unwrap();
        assert_eq!((found.values, found.counted), (vec![0.0, 0.2, 0.5, 0.8], vec![true]));
        let without = GroundTruth { boxes: Vec::new(), ..truth };
        assert_eq!(BoxHead::default().targets(&without, (1, 1)), None);
    }

    /// The box that the protocol evaluates is the one that the head was trained with.
    #[test]
    fn a_predicted_box_is_the_evaluated_one() {
        for corners in [(3, 2, 10, 9), (0, 0, 15, 15), (0, 0, 1, 1), (7, 5, 15, 14)] {
            let truth = PixelBox::new(corners.0, corners.1, corners.2, corners.3);
            let given = GroundTruth { size: (16, 16), boxes: vec![truth], mask: None };
            let outputs = BoxHead::default().targets(&given, (1, 1)).unwrap().values;
            let map = BoxHead::default().map(&outputs, (1, 1), [16, 16]);
            let mut evaluator = Evaluator::new(16, 16).unwrap();
            assert_eq!(evaluator.sweep(&map).unwrap().largest_at(100), truth);
        }
    }

    #[test]
    fn no_output_is_outside_the_image() {
        let map = |outputs: [f64; 4]| BoxHead::default().map(&outputs, (1, 1), [4, 6]).data;
        assert_eq!(map([-3.0, -1.0, 7.0, 2.0]), [1.0; 24]);
        assert_eq!(map([0.9, 0.9, 0.1, 0.1]), [0.0; 24], "corners in reverse order");
        assert_eq!(map([f64::NAN; 4]), [0.0; 24]);
        assert!(BoxHead { beta: 0.0 }.check().is_err() && BoxHead::default().check().is_ok());
    }
}
