//! Background: blotches of two colours in a few regions, with as much texture as the objects, and distractors.

use super::draw::{Draw, Drawing};
use super::object::pair;

/// Side of the noise lattice's cells as a fraction of the image's side.
const CELL: f32 = 0.042;
/// Range of the number of regions.
const REGIONS: (usize, usize) = (2, 4);

/// A region of the background: the pixels that are closer to its seed than to others.
struct Region {
    seed: (f32, f32),
    colours: [[f32; 3]; 2],
}

/// Paints the background: value noise on a rotated lattice, cut at its mean into two colours; each region has its own
/// pair of colours, drawn as an object's pair.
pub(super) fn paint(canvas: &mut Drawing, draw: &mut Draw) {
    let size = canvas.size as f32;
    let count = REGIONS.0 + draw.below(REGIONS.1 - REGIONS.0 + 1);
    let regions: Vec<Region> = (0..count)
        .map(|_| {
            let seed = (draw.range(0.0, size), draw.range(0.0, size));
            Region { seed, colours: pair(draw) }
        })
        .collect();
    let lattice = Lattice::new(draw);
    let sharpness = 0.5 * CELL * size;
    for (y, row) in canvas.data.chunks_exact_mut(3 * canvas.size).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
            let second = (lattice.at(x / size, y / size) * sharpness + 0.5).clamp(0.0, 1.0);
            let [first, other] = closest(&regions, x, y).colours;
            for channel in 0..3 {
                pixel[channel] = first[channel] + (other[channel] - first[channel]) * second;
            }
        }
    }
}

fn closest(regions: &[Region], x: f32, y: f32) -> &Region {
    let square = |region: &Region| {
        let (dx, dy) = (region.seed.0 - x, region.seed.1 - y);
        dx * dx + dy * dy
    };
    let mut best = &regions[0];
    for region in &regions[1..] {
        if square(region) < square(best) {
            best = region;
        }
    }
    best
}

/// Value noise: random numbers in [-1, 1) on a rotated lattice, interpolated smoothly.
struct Lattice {
    values: Vec<f32>,
    /// Cosine and sine of the rotation, per cell.
    turn: (f32, f32),
}

impl Lattice {
    /// Nodes along a side: the diagonal of the image, and one cell beyond each end.
    const SIDE: usize = (1.42 / CELL) as usize + 4;

    fn new(draw: &mut Draw) -> Self {
        let values = (0..Self::SIDE * Self::SIDE).map(|_| draw.range(-1.0, 1.0)).collect();
        let (cosine, sine) = draw.direction();
        Self { values, turn: (cosine / CELL, sine / CELL) }
    }

    /// The value at a point of the unit square.
    fn at(&self, x: f32, y: f32) -> f32 {
        let middle = Self::SIDE as f32 / 2.0;
        let (x, y) = (x - 0.5, y - 0.5);
        let u = x * self.turn.0 + y * self.turn.1 + middle;
        let v = y * self.turn.0 - x * self.turn.1 + middle;
        // Both are positive, so that truncation rounds down.
        let most = Self::SIDE - 2;
        let (column, row) = ((u as usize).min(most), (v as usize).min(most));
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let (across, down) = (smooth(u - column as f32), smooth(v - row as f32));
        let at = row * Self::SIDE + column;
        let values = &self.values;
        let upper = values[at] + (values[at + 1] - values[at]) * across;
        let lower =
            values[at + Self::SIDE] + (values[at + Self::SIDE + 1] - values[at + Self::SIDE]) * across;
        upper + (lower - upper) * down
    }
}
