use super::window::{mean, mirrored};
use crate::Map;

/// Number of neighbours on the circle.
const NEIGHBOURS: usize = 8;

/// Entropy, in bits, of the rotation-invariant uniform patterns in the window: 0 if all are equal, at most log2(10).
pub(super) fn entropy(grey: &Map, window: usize) -> Map {
    let codes = patterns(grey);
    let mut sums = vec![0.0f64; codes.len()];
    for code in 0..NEIGHBOURS as u8 + 2 {
        let here = codes.iter().map(|found| f32::from(u8::from(*found == code))).collect();
        let shares = mean(&Map::new(grey.height, grey.width, here), window);
        for (sum, share) in sums.iter_mut().zip(&shares.data) {
            if *share > 0.0 {
                *sum -= f64::from(*share) * f64::from(*share).log2();
            }
        }
    }
    // A value this small is rounding error of 0.
    let data = sums.iter().map(|sum| if *sum < 1e-6 { 0.0 } else { *sum as f32 }).collect();
    Map::new(grey.height, grey.width, data)
}

/// Variance of the neighbours, in squared grey levels.
pub(super) fn variance(grey: &Map) -> Map {
    let of = |seen: [f64; NEIGHBOURS]| {
        let mean = seen.iter().sum::<f64>() / NEIGHBOURS as f64;
        (seen.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / NEIGHBOURS as f64) as f32
    };
    let data = (0..grey.data.len()).map(|place| of(neighbours(grey, place))).collect();
    Map::new(grey.height, grey.width, data)
}

/// LBP riu2: the number of neighbours at least as bright as the centre if they form one arc of the circle, otherwise
/// 9.
fn patterns(grey: &Map) -> Vec<u8> {
    let pattern = |place: usize| {
        let middle = f64::from(grey.data[place]);
        // Interpolated neighbours of a flat patch differ from it by rounding only.
        let bright = neighbours(grey, place).map(|value| value - middle >= -1e-4);
        let changes = (0..NEIGHBOURS).filter(|at| bright[*at] != bright[(at + 1) % NEIGHBOURS]).count();
        let count = bright.iter().filter(|bright| **bright).count() as u8;
        if changes <= 2 { count } else { NEIGHBOURS as u8 + 1 }
    };
    (0..grey.data.len()).map(pattern).collect()
}

/// Grey levels on the circle of radius 1 around a pixel, counter-clockwise from the right, bilinear between pixels.
fn neighbours(grey: &Map, place: usize) -> [f64; NEIGHBOURS] {
    let (y, x) = ((place / grey.width) as isize, (place % grey.width) as isize);
    let at = |dy: isize, dx: isize| {
        f64::from(grey.data[mirrored(y + dy, grey.height) * grey.width + mirrored(x + dx, grey.width)])
    };
    let near = std::f64::consts::FRAC_1_SQRT_2;
    let corner = |dy: isize, dx: isize| {
        let (far, middle) = (1.0 - near, at(0, 0));
        far * far * middle + far * near * (at(0, dx) + at(dy, 0)) + near * near * at(dy, dx)
    };
    [at(0, 1), corner(-1, 1), at(-1, 0), corner(-1, -1), at(0, -1), corner(1, -1), at(1, 0), corner(1, 1)]
}
