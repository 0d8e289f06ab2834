use super::{BoxLevels, EMPTY_BOX, LEVELS};
use crate::PixelBox;

/// IoU of a map's boxes with its ground truth at every level: [`LEVELS`] values in `[0, 1]`, or none without ground
/// truth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LevelIou {
    /// Best IoU of any contour's box with any ground-truth box (MaxBoxAccV2).
    pub any: Vec<f32>,
    /// Best IoU of the largest contour's box with any ground-truth box (MaxBoxAcc).
    pub largest: Vec<f32>,
}

impl LevelIou {
    pub(super) fn fill(&mut self, boxes: &BoxLevels<'_>, truth: &[PixelBox]) {
        self.any.clear();
        self.largest.clear();
        if truth.is_empty() {
            return;
        }
        let (height, width) = (boxes.order.height(), boxes.order.width());
        let mut runs = RunMax::new();
        for span in boxes.spans {
            let iou = best(span.bounds.to_box(height, width), truth);
            if iou > 0.0 {
                runs.raise(span.first as usize, span.last as usize, iou);
            }
        }
        let max = boxes.max() as usize;
        if max < LEVELS {
            runs.raise(max, LEVELS - 1, best(EMPTY_BOX, truth));
        }
        self.any.extend_from_slice(runs.settle());
        self.largest.resize(LEVELS, 0.0);
        for level in 0..LEVELS {
            let same = level > 0 && boxes.largest[level] == boxes.largest[level - 1];
            self.largest[level] =
                if same { self.largest[level - 1] } else { best(boxes.largest[level], truth) };
        }
    }
}

fn best(predicted: PixelBox, truth: &[PixelBox]) -> f32 {
    truth.iter().map(|truth| predicted.iou(*truth) as f32).fold(0.0, f32::max)
}

/// Maximum per level of values that each hold for a range of levels: an inverted sparse table, with two writes per
/// value and one final pass.
struct RunMax {
    /// `table[k][i]` applies to the levels `i..i + 2^k`.
    table: [[f32; LEVELS]; 8],
}

impl RunMax {
    fn new() -> Self {
        Self { table: [[0.0; LEVELS]; 8] }
    }

    /// Raises the levels `first..=last` to at least `value`.
    fn raise(&mut self, first: usize, last: usize, value: f32) {
        let k = (last - first + 1).ilog2() as usize;
        let row = &mut self.table[k];
        row[first] = row[first].max(value);
        let second = last + 1 - (1 << k);
        row[second] = row[second].max(value);
    }

    fn settle(&mut self) -> &[f32; LEVELS] {
        for k in (1..self.table.len()).rev() {
            let (lower, upper) = self.table.split_at_mut(k);
            let (lower, half) = (&mut lower[k - 1], 1 << (k - 1));
            for (i, &value) in upper[0].iter().enumerate().take(LEVELS + 1 - 2 * half) {
                lower[i] = lower[i].max(value);
                lower[i + half] = lower[i + half].max(value);
            }
        }
        &self.table[0]
    }
}
