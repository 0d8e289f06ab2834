use super::window::{along_columns, along_rows, mean};
use crate::Map;

/// Laws' 1D filters: level, edge, spot, wave, ripple.
const VECTORS: [[f64; 5]; 5] = [
    [1.0, 4.0, 6.0, 4.0, 1.0],
    [-1.0, -2.0, 0.0, 2.0, 1.0],
    [-1.0, 0.0, 2.0, 0.0, -1.0],
    [-1.0, 2.0, 0.0, -2.0, 1.0],
    [1.0, -4.0, 6.0, -4.0, 1.0],
];

/// Laws' texture energy (Laws 1980, chapter 4): the local mean is subtracted, the rest is filtered by every outer
/// product of two vectors except L5L5; the energy is the mean magnitude in the window. Each filter is divided by the
/// sum of its magnitudes, so that none dominates, and the 24 energies are averaged.
pub(super) fn energy(grey: &Map, window: usize) -> Map {
    let level = mean(grey, window);
    let rest = grey.data.iter().zip(&level.data).map(|(value, mean)| value - mean).collect();
    let rest = Map::new(grey.height, grey.width, rest);
    let mut sums = vec![0.0f64; rest.data.len()];
    for (row, down) in VECTORS.iter().enumerate() {
        let filtered = along_columns(&rest, down);
        for (column, across) in VECTORS.iter().enumerate() {
            if (row, column) == (0, 0) {
                continue;
            }
            let weight = 1.0 / (24.0 * size(down) * size(across));
            let found = along_rows(&filtered, across);
            sums.iter_mut().zip(&found.data).for_each(|(sum, v)| *sum += weight * f64::from(v.abs()));
        }
    }
    // The window mean is linear, so one mean of the sum replaces 24.
    mean(&Map::new(rest.height, rest.width, sums.iter().map(|sum| *sum as f32).collect()), window)
}

fn size(taps: &[f64; 5]) -> f64 {
    taps.iter().map(|tap| tap.abs()).sum()
}
