//! Filled polygons, with the pixels that COCO's mask library gives them.
//!
//! Its rule: corners are rounded to a grid five times as fine as the pixels, the outline between them is walked in steps of one
//! along its longer side, and a pixel is inside if the outline crosses the middle of its column an odd number of times at or
//! above it.

use camlab_raster::Mask;

/// Grid points per pixel and side.
const FINE: f64 = 5.0;

/// Largest coordinate, pixels: the outline is walked step by step.
pub(super) const FARTHEST: f64 = 100_000.0;

/// The union of closed polygons, each `x0, y0, x1, y1 ...` in pixels, no farther than [`FARTHEST`].
pub(super) fn filled(polygons: &[Vec<f64>], height: usize, width: usize) -> Mask {
    let mut data = vec![0; height * width];
    for corners in polygons {
        let mut changes = crossings(corners, height, width);
        changes.sort_unstable();
        // In pairs: the first pixel inside and the first outside, counted down the columns.
        for pair in changes.chunks(2) {
            let end = pair.get(1).copied().unwrap_or(height * width);
            (pair[0]..end).for_each(|at| data[at % height * width + at / height] = 1);
        }
    }
    Mask { height, width, data }
}

/// Pixels, counted down the columns, from which on inside and outside change.
fn crossings(corners: &[f64], height: usize, width: usize) -> Vec<usize> {
    // Rounding is towards zero after adding a half, as a C cast does it.
    let fine = |value: f64| (FINE * value + 0.5) as i64;
    let corners: Vec<(i64, i64)> =
        corners.chunks_exact(2).map(|corner| (fine(corner[0]), fine(corner[1]))).collect();
    let Some(first) = corners.first() else { return Vec::new() };
    let mut found = Vec::new();
    let mut last: Option<(i64, i64)> = None;
    for (from, to) in corners.iter().zip(corners.iter().skip(1).chain([first])) {
        outline(*from, *to, |point| {
            let before = last.replace(point);
            found.extend(before.and_then(|before| crossing(before, point, height, width)));
        });
    }
    found
}

/// Points of the fine grid on a line, both ends included.
fn outline(from: (i64, i64), to: (i64, i64), mut visit: impl FnMut((i64, i64))) {
    let (across, down) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
    let flat = across >= down;
    let steps = across.max(down);
    // Both directions give the same points: the line is computed from its smaller end.
    let turned = if flat { from.0 > to.0 } else { from.1 > to.1 };
    let (start, end) = if turned { (to, from) } else { (from, to) };
    let slope = match (steps, flat) {
        (0, _) => 0.0,
        (_, true) => (end.1 - start.1) as f64 / steps as f64,
        (_, false) => (end.0 - start.0) as f64 / steps as f64,
    };
    for step in 0..=steps {
        let step = if turned { steps - step } else { step };
        let other = |from: i64| (from as f64 + slope * step as f64 + 0.5) as i64;
        visit(match flat {
            true => (start.0 + step, other(start.1)),
            false => (other(start.0), start.1 + step),
        });
    }
}

/// The pixel at whose column's middle a step crosses, if it does.
fn crossing(before: (i64, i64), point: (i64, i64), height: usize, width: usize) -> Option<usize> {
    if before.0 == point.0 {
        return None;
    }
    let left = if point.0 < before.0 { point.0 } else { point.0 - 1 };
    let column = (left as f64 + 0.5) / FINE - 0.5;
    if column.floor() != column || column < 0.0 || column > width as f64 - 1.0 {
        return None;
    }
    let row = ((point.1.min(before.1) as f64 + 0.5) / FINE - 0.5).clamp(0.0, height as f64).ceil();
    Some(column as usize * height + row as usize)
}
