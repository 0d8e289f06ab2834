use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HeadTargets, HeadTruth, Localiser};
use camlab_data::GroundTruth;
use camlab_raster::{Map, Mask};

/// Segmentation by a 1x1 convolution to one channel: the probability of the object, whatever its class, at every cell of the
/// layer's grid. The target of a cell is the share of object pixels among those of the cell that count
/// (`torch.nn.functional.adaptive_avg_pool2d` of the truth); the loss is the binary cross-entropy
/// (`torch.nn.functional.binary_cross_entropy_with_logits`), averaged over cells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaskHead {}

impl Localiser for MaskHead {
    fn version(&self) -> u32 {
        1
    }

    fn pools(&self) -> bool {
        false
    }

    fn needs(&self) -> HeadTruth {
        HeadTruth::MasksOrBoxes
    }

    fn start(&self) -> Vec<f64> {
        vec![0.0]
    }

    fn targets(&self, truth: &GroundTruth, grid: (usize, usize)) -> Option<HeadTargets> {
        let (width, height) = truth.size;
        match &truth.mask {
            Some(mask) => Some(shares(mask, grid)),
            None if truth.boxes.is_empty() => None,
            None => Some(shares(&Mask::from_boxes(height, width, &truth.boxes), grid)),
        }
        .filter(|targets| targets.counted.contains(&true))
    }

    fn loss(&self, output: f64, target: f64) -> (f64, f64) {
        let loss = output.max(0.0) - output * target + (-output.abs()).exp().ln_1p();
        (loss, sigmoid(output) - target)
    }

    fn map(&self, outputs: &[f64], grid: (usize, usize), _: [usize; 2]) -> Map {
        Map::new(grid.0, grid.1, outputs.iter().map(|output| sigmoid(*output) as f32).collect())
    }

    fn keeps_range(&self) -> bool {
        false
    }
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// Share of object pixels in each cell of a grid. As torch's adaptive pooling has it, a cell goes from the floor of its first
/// edge to the ceiling of its last; pixels that are ignored do not count.
fn shares(mask: &Mask, (rows, columns): (usize, usize)) -> HeadTargets {
    let cut =
        |cell: usize, cells: usize, side: usize| (cell * side) / cells..((cell + 1) * side).div_ceil(cells);
    let mut targets = HeadTargets { values: Vec::new(), counted: Vec::new() };
    for row in 0..rows {
        for column in 0..columns {
            let (mut object, mut all) = (0usize, 0usize);
            for y in cut(row, rows, mask.height) {
                for value in &mask.data[y * mask.width..][cut(column, columns, mask.width)] {
                    object += usize::from(*value == 1);
                    all += usize::from(*value != Mask::IGNORED);
                }
            }
            targets.values.push(if all == 0 { 0.0 } else { object as f64 / all as f64 });
            targets.counted.push(all > 0);
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use camlab_raster::PixelBox;

    fn truth(boxes: Vec<PixelBox>, mask: Option<Mask>) -> GroundTruth {
        GroundTruth { size: (4, 4), boxes, mask }
    }

    #[test]
    fn a_cell_has_the_share_of_object_pixels_that_count() {
        let boxes = vec![PixelBox::new(0, 0, 2, 1)];
        let found = MaskHead {}.targets(&truth(boxes.clone(), None), (2, 2)).unwrap();
        assert_eq!((found.values, found.counted), (vec![1.0, 0.5, 0.0, 0.0], vec![true; 4]));
        let mut mask = Mask::from_boxes(4, 4, &boxes);
        for at in [2, 3, 10, 11, 14, 15] {
            mask.data[at] = Mask::IGNORED;
        }
        let found = MaskHead {}.targets(&truth(boxes, Some(mask)), (2, 2)).unwrap();
        assert_eq!(found.values, [1.0, 0.5, 0.0, 0.0]);
        assert_eq!(found.counted, [true, true, true, false]);
    }

    #[test]
    fn no_truth_is_no_background() {
        assert_eq!(MaskHead {}.targets(&truth(Vec::new(), None), (2, 2)), None);
        let ignored = Mask { height: 4, width: 4, data: vec![Mask::IGNORED; 16] };
        assert_eq!(MaskHead {}.targets(&truth(Vec::new(), Some(ignored)), (2, 2)), None);
        // A mask without an object says that there is none.
        let empty = Mask { height: 4, width: 4, data: vec![0; 16] };
        let found = MaskHead {}.targets(&truth(Vec::new(), Some(empty)), (2, 2)).unwrap();
        assert_eq!((found.values, found.counted), (vec![0.0; 4], vec![true; 4]));
    }
}
